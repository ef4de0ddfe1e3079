#pragma once

#include <cstddef>
#include <memory>
#include <system_error>
#include <type_traits>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/error.hpp>
#include <asio/socket_base.hpp>

#include "v4v/detail/blocking.hpp"
#include "v4v/detail/initiate.hpp"
#include "v4v/endpoint.hpp"
#include "v4v/guest.hpp"
#include "v4v/message_view.hpp"

namespace v4v {

/// What a stream can be told before it connects.
struct stream_options {
  /// Memory of the ring in which this end receives, in bytes, rounded up to whole pages, and a page
  /// more from 64 KiB on; up to 16 MiB. It takes 96 bytes fewer of payload in one message.
  std::size_t ring_size = 256 * 1024;
};

/// A connection between two domains: bytes in order, in both directions, none lost, with back
/// pressure. It is used like `asio::ip::tcp::socket`, and meets Asio's AsyncReadStream,
/// AsyncWriteStream, SyncReadStream and SyncWriteStream requirements, so that `asio::async_read`,
/// `asio::async_write` and what else is built on those works on it.
///
/// The peer is who the hypervisor says it is: `remote_endpoint().domain()` cannot be forged.
///
/// Thread safety: distinct objects are safe. Shared objects are unsafe. At most one read and one
/// write should wait at a time; more are served in the order in which they began.
///
/// Errors of all operations: `asio::error::operation_aborted` (cancelled, or the stream or its
/// guest was closed), `asio::error::bad_descriptor` (the stream is not open),
/// `asio::error::not_connected` (it is still connecting).
template <class Executor = asio::any_io_executor>
class basic_stream {
 public:
  using executor_type = Executor;
  using endpoint_type = endpoint;
  using lowest_layer_type = basic_stream;

  template <class OtherExecutor>
  struct rebind_executor {
    using other = basic_stream<OtherExecutor>;
  };

  /// A stream that is not connected, whose handlers run in the guest's io_context unless they have
  /// an executor of their own. `g` must outlive the call of async_connect.
  explicit basic_stream(guest& g, stream_options options = {})
      : basic_stream(g.get_executor(), g, options) {}
  basic_stream(const executor_type& executor, guest& g, stream_options options = {})
      : executor_(executor), core_(g.core()), options_(options) {}

  /// For acceptors: a connected stream.
  basic_stream(const executor_type& executor, std::shared_ptr<detail::guest_core> core,
               detail::connection_handle connection)
      : executor_(executor), core_(std::move(core)), connection_(std::move(connection)) {}

  /// Moving keeps waiting operations: they go on for the new object. The old one is not open, and
  /// may connect again.
  basic_stream(basic_stream&& other) noexcept
      : executor_(other.executor_),
        core_(other.core_),
        options_(other.options_),
        non_blocking_(other.non_blocking_),
        connection_(std::move(other.connection_)) {}
  basic_stream& operator=(basic_stream&& other) noexcept {
    executor_ = other.executor_;
    core_ = other.core_;
    options_ = other.options_;
    non_blocking_ = other.non_blocking_;
    connection_ = std::move(other.connection_);
    return *this;
  }

  /// The same, from a stream for another kind of executor.
  template <class Other>
  requires(!std::is_same_v<Other, Executor> && std::is_convertible_v<Other, Executor>)
      basic_stream(basic_stream<Other>&& other)
      : executor_(other.executor_),
        core_(other.core_),
        options_(other.options_),
        non_blocking_(other.non_blocking_),
        connection_(std::move(other.connection_)) {}

  /// Closes.
  ~basic_stream() = default;

  [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }
  [[nodiscard]] lowest_layer_type& lowest_layer() noexcept { return *this; }
  [[nodiscard]] const lowest_layer_type& lowest_layer() const noexcept { return *this; }

  /// True from the start of a connect, or from accept, until close() or the end of the guest. A
  /// stream whose peer has ended the connection is still open.
  [[nodiscard]] bool is_open() const { return connection_.get() && connection_.get()->is_open(); }

  /// Where this end is, and where the other one. Fails with `not_connected` when not open. The
  /// remote domain is that of the hypervisor; the remote port is what the peer says.
  [[nodiscard]] endpoint local_endpoint(std::error_code& ec) const {
    ec = is_open() ? std::error_code{} : make_error_code(asio::error::not_connected);
    return ec ? endpoint{} : connection_.get()->local();
  }
  [[nodiscard]] endpoint remote_endpoint(std::error_code& ec) const {
    ec = is_open() ? std::error_code{} : make_error_code(asio::error::not_connected);
    return ec ? endpoint{} : connection_.get()->remote();
  }
  [[nodiscard]] endpoint local_endpoint() const { return or_throw(&basic_stream::local_endpoint); }
  [[nodiscard]] endpoint remote_endpoint() const {
    return or_throw(&basic_stream::remote_endpoint);
  }

  /// What the peer's ring takes before a writer has to wait, in bytes: the largest message that it
  /// could ever hold. 0 when the stream is not connected, or the peer has gone.
  [[nodiscard]] std::size_t send_buffer_size() const {
    return connection_.get() ? connection_.get()->send_buffer_size() : 0;
  }

  /// Ends all waiting operations with `operation_aborted`. A cancelled connect closes the stream.
  void cancel() {
    if (connection_.get()) connection_.get()->cancel();
  }

  /// Ends all waiting operations with `operation_aborted`, and the connection: the peer reads what
  /// was written so far, then end of file. What was not read yet is lost. Closing twice is
  /// harmless.
  ///
  /// Should the peer's ring be so full that it cannot even take the notice of the end, then that is
  /// sent later by those who run the io_context, as a piece of its outstanding work. A peer that
  /// does not read but goes on writing gets `connection_reset`.
  void close() { connection_.reset(); }

  /// Ends one direction, or both, and leaves the connection open. After `shutdown_send` the peer
  /// reads what was written so far, writes that wait included, then end of file; no write may
  /// begin any more (`broken_pipe`). After `shutdown_receive` reads give end of file, and what the
  /// peer sends is dropped.
  ///
  /// Errors: `bad_descriptor` (not open), `not_connected` (still connecting, or the peer has ended
  /// the connection), `operation_not_supported` (`shutdown_send` to a peer without the extension
  /// of the stream protocol: it knows only the end of both directions).
  void shutdown(asio::socket_base::shutdown_type what, std::error_code& ec) {
    ec = asio::error::bad_descriptor;
    if (auto* c = connection_.get())
      c->shutdown(what != asio::socket_base::shutdown_send,
                  what != asio::socket_base::shutdown_receive, ec);
  }
  void shutdown(asio::socket_base::shutdown_type what) {
    std::error_code ec;
    shutdown(what, ec);
    if (ec) throw std::system_error(ec, "v4v::stream shutdown");
  }

  /// Whether the calls that are not asynchronous answer `would_block` instead of waiting. Those
  /// that are asynchronous do not mind.
  [[nodiscard]] bool non_blocking() const noexcept { return non_blocking_; }
  void non_blocking(bool mode) noexcept { non_blocking_ = mode; }
  void non_blocking(bool mode, std::error_code& ec) noexcept {
    non_blocking_ = mode;
    ec.clear();
  }

  // ---- Synchronous: the calling thread waits, and meanwhile does the guest's work itself, so that
  // nobody has to run the io_context (handlers of other operations still run there alone).
  // connect() and wait() wait whatever non_blocking() says. Results and errors are those of the
  // asynchronous twin; the forms without an error_code throw std::system_error. Any thread may call
  // them.

  void connect(const endpoint& peer, std::error_code& ec) {
    ec = make_error_code(asio::error::already_connected);
    if (is_open()) return;
    ec.clear();
    connection_ =
        detail::connection_handle(detail::connection::create(core_, peer, options_.ring_size, ec));
    if (ec) return;
    const auto c = connection_.shared();
    detail::blocking_operation op(detail::plain_completion{});
    op.run(core_, [&](detail::operation& o) { c->start_connect(o); });
    ec = op.error;
  }
  void connect(const endpoint& peer) {
    std::error_code ec;
    connect(peer, ec);
    if (ec) throw std::system_error(ec, "v4v::stream connect");
  }

  template <class MutableBufferSequence>
  std::size_t read_some(const MutableBufferSequence& buffers, std::error_code& ec) {
    return now(detail::read_completion<MutableBufferSequence>{buffers},
               &detail::connection::attempt_read, &detail::connection::start_read, ec,
               !non_blocking_);
  }
  template <class MutableBufferSequence>
  std::size_t read_some(const MutableBufferSequence& buffers) {
    std::error_code ec;
    const std::size_t n = read_some(buffers, ec);
    if (ec) throw std::system_error(ec, "v4v::stream read_some");
    return n;
  }

  /// The twin of async_receive().
  [[nodiscard]] message_view receive(std::error_code& ec) {
    return now(detail::receive_completion{}, &detail::connection::attempt_read,
               &detail::connection::start_read, ec, !non_blocking_);
  }
  [[nodiscard]] message_view receive() {
    std::error_code ec;
    auto view = receive(ec);
    if (ec) throw std::system_error(ec, "v4v::stream receive");
    return view;
  }

  template <class ConstBufferSequence>
  std::size_t write_some(const ConstBufferSequence& buffers, std::error_code& ec) {
    return now(detail::write_completion<ConstBufferSequence>{buffers},
               &detail::connection::attempt_write, &detail::connection::start_write, ec,
               !non_blocking_);
  }
  template <class ConstBufferSequence>
  std::size_t write_some(const ConstBufferSequence& buffers) {
    std::error_code ec;
    const std::size_t n = write_some(buffers, ec);
    if (ec) throw std::system_error(ec, "v4v::stream write_some");
    return n;
  }

  /// As write_some(), but for what would have to wait, whatever non_blocking() says: then the error
  /// is `would_block`.
  template <class ConstBufferSequence>
  std::size_t try_write_some(const ConstBufferSequence& buffers, std::error_code& ec) {
    return now(detail::write_completion<ConstBufferSequence>{buffers},
               &detail::connection::attempt_write, &detail::connection::start_write, ec, false);
  }

  /// Waits until a read, or a write, would not wait; see async_wait().
  void wait(asio::socket_base::wait_type what, std::error_code& ec) {
    if (what == asio::socket_base::wait_write) {
      now(detail::wait_for_room_completion{}, &detail::connection::attempt_write,
          &detail::connection::start_write, ec, true);
    } else {
      now(detail::wait_for_bytes_completion{}, &detail::connection::attempt_read,
          &detail::connection::start_read, ec, true);
    }
  }
  void wait(asio::socket_base::wait_type what) {
    std::error_code ec;
    wait(what, ec);
    if (ec) throw std::system_error(ec, "v4v::stream wait");
  }

  // ---- Asynchronous

  /// Waits until a read would not wait (`wait_read`; there are bytes, or an end to be told), or a
  /// write (`wait_write`). `wait_error` is taken for `wait_read`.
  ///
  /// Completion signature: `void(std::error_code)`. Cancellation: terminal, partial and total.
  template <asio::completion_token_for<void(std::error_code)> Token =
                asio::default_completion_token_t<Executor>>
  auto async_wait(asio::socket_base::wait_type what,
                  Token&& token = asio::default_completion_token_t<Executor>()) {
    return asio::async_initiate<Token, void(std::error_code)>(initiate_wait{this}, token, what);
  }

  /// Connects to a service. Completes when the other side has accepted.
  ///
  /// Completion signature: `void(std::error_code)`. Besides the errors of all operations:
  /// `connection_refused` (no such domain, nobody listens at the port, the backlog is full, or the
  /// hypervisor's rules do not allow it), `connection_reset` (the domain ended meanwhile),
  /// `already_connected` (the stream is open), and those of registering a ring:
  /// `not_enough_memory`, `no_space_on_device` (this domain has all the rings that it may have).
  /// Cancellation: terminal, partial and total; a connect that is cancelled closes the stream.
  template <asio::completion_token_for<void(std::error_code)> Token =
                asio::default_completion_token_t<Executor>>
  auto async_connect(const endpoint& peer,
                     Token&& token = asio::default_completion_token_t<Executor>()) {
    return asio::async_initiate<Token, void(std::error_code)>(initiate_connect{this}, token, peer);
  }

  /// Reads at least one byte and as many as there are, up to the size of `buffers`.
  ///
  /// Completion signature: `void(std::error_code, std::size_t)`. Besides the errors of all
  /// operations: `asio::error::eof` (the peer closed; all that it wrote has been read),
  /// `connection_reset` (the peer's domain ended, or gave up the connection without closing it).
  /// With buffers of no size, completes at once with 0 bytes.
  /// The memory of the buffers must stay valid until the handler is called; the sequence itself is
  /// copied. Cancellation: terminal, partial and total; a cancelled read has taken no bytes.
  template <class MutableBufferSequence,
            asio::completion_token_for<void(std::error_code, std::size_t)> Token =
                asio::default_completion_token_t<Executor>>
  auto async_read_some(const MutableBufferSequence& buffers,
                       Token&& token = asio::default_completion_token_t<Executor>()) {
    return asio::async_initiate<Token, void(std::error_code, std::size_t)>(initiate_read{this},
                                                                           token, buffers);
  }

  /// Reads without copying: the bytes of one message, or what reads have left of it, where they lie
  /// in this end's ring. See message_view for how long they may stay there. What one write of the
  /// peer sent is one message, but a long write is several: boundaries mean nothing in a stream.
  ///
  /// Completion signature: `void(std::error_code, v4v::message_view)`. Errors and cancellation as
  /// async_read_some; with an error the view is empty. At an accepted end that shares the
  /// acceptor's ring the bytes are copied out.
  template <asio::completion_token_for<void(std::error_code, message_view)> Token =
                asio::default_completion_token_t<Executor>>
  auto async_receive(Token&& token = asio::default_completion_token_t<Executor>()) {
    return asio::async_initiate<Token, void(std::error_code, message_view)>(initiate_receive{this},
                                                                            token);
  }

  /// Reads short messages, as many as there are and fit into `buffers`, as async_read_some does;
  /// but where the next message has `long_message` bytes or more left, receives that without
  /// copying it, as async_receive() does. A view costs more than the copy of a few bytes: this is
  /// for protocols with messages of all sizes.
  ///
  /// Completion signature: `void(std::error_code, std::size_t, v4v::message_view)`: the number of
  /// bytes in `buffers`, or 0 and the view. `buffers` must have room for at least one byte; their
  /// memory must stay valid until the handler is called. Errors and cancellation as
  /// async_read_some. An accepted end that shares the acceptor's ring only ever reads.
  template <class MutableBufferSequence,
            asio::completion_token_for<void(std::error_code, std::size_t, message_view)> Token =
                asio::default_completion_token_t<Executor>>
  auto async_read_or_receive(const MutableBufferSequence& buffers, std::size_t long_message,
                             Token&& token = asio::default_completion_token_t<Executor>()) {
    return asio::async_initiate<Token, void(std::error_code, std::size_t, message_view)>(
        initiate_read_or_receive{this}, token, buffers, long_message);
  }

  /// Writes at least one byte and as many as the peer's ring takes at once, but no more than five
  /// eighths of that ring, and half of it where that is not all: the buffers' bytes are copied
  /// once, by the hypervisor, straight into it. Waits while there is no room: that is the back
  /// pressure.
  ///
  /// Completion signature: `void(std::error_code, std::size_t)`. Besides the errors of all
  /// operations: `connection_reset` (the peer has closed or is gone).
  /// With buffers of no size, completes at once with 0 bytes.
  /// The memory of the buffers must stay valid until the handler is called; the sequence itself is
  /// copied. Cancellation: terminal, partial and total; a cancelled write has written no bytes.
  template <class ConstBufferSequence,
            asio::completion_token_for<void(std::error_code, std::size_t)> Token =
                asio::default_completion_token_t<Executor>>
  auto async_write_some(const ConstBufferSequence& buffers,
                        Token&& token = asio::default_completion_token_t<Executor>()) {
    return asio::async_initiate<Token, void(std::error_code, std::size_t)>(initiate_write{this},
                                                                           token, buffers);
  }

 private:
  template <class Other>
  friend class basic_stream;

  struct initiation {
    basic_stream* self;
    using executor_type = Executor;
    [[nodiscard]] executor_type get_executor() const noexcept { return self->executor_; }
  };

  struct initiate_connect : initiation {
    template <class Handler>
    void operator()(Handler&& handler, const endpoint& peer) const {
      basic_stream& s = *this->self;
      std::error_code ec = make_error_code(asio::error::already_connected);
      if (!s.is_open()) {
        ec.clear();
        s.connection_ = detail::connection_handle(
            detail::connection::create(s.core_, peer, s.options_.ring_size, ec));
      }
      if (!ec)
        return s.start(std::forward<Handler>(handler), detail::plain_completion{},
                       &detail::connection::start_connect);
      auto& op = detail::make_operation(std::forward<Handler>(handler), s.executor_, *s.core_,
                                        detail::plain_completion{});
      op.done(ec);
      op.post();
    }
  };

  struct initiate_read : initiation {
    template <class Handler, class Buffers>
    void operator()(Handler&& handler, const Buffers& buffers) const {
      this->self->start(std::forward<Handler>(handler), detail::read_completion<Buffers>{buffers},
                        &detail::connection::start_read);
    }
  };

  struct initiate_receive : initiation {
    template <class Handler>
    void operator()(Handler&& handler) const {
      this->self->start(std::forward<Handler>(handler), detail::receive_completion{},
                        &detail::connection::start_read);
    }
  };

  struct initiate_read_or_receive : initiation {
    template <class Handler, class Buffers>
    void operator()(Handler&& handler, const Buffers& buffers, std::size_t long_message) const {
      this->self->start(std::forward<Handler>(handler),
                        detail::read_or_receive_completion<Buffers>{buffers, long_message, {}},
                        &detail::connection::start_read);
    }
  };

  struct initiate_write : initiation {
    template <class Handler, class Buffers>
    void operator()(Handler&& handler, const Buffers& buffers) const {
      this->self->start(std::forward<Handler>(handler), detail::write_completion<Buffers>{buffers},
                        &detail::connection::start_write);
    }
  };

  struct initiate_wait : initiation {
    template <class Handler>
    void operator()(Handler&& handler, asio::socket_base::wait_type what) const {
      if (what == asio::socket_base::wait_write) {
        this->self->start(std::forward<Handler>(handler), detail::wait_for_room_completion{},
                          &detail::connection::start_write);
      } else {
        this->self->start(std::forward<Handler>(handler), detail::wait_for_bytes_completion{},
                          &detail::connection::start_read);
      }
    }
  };

  template <class Completion>
  auto now(Completion completion, bool (detail::connection::*attempt)(detail::operation&),
           void (detail::connection::*begin)(detail::operation&), std::error_code& ec,
           bool may_wait) {
    const auto c = connection_.shared();
    detail::blocking_operation op(std::move(completion));
    if (!c) {
      op.done(asio::error::bad_descriptor);
    } else if (!(c.get()->*attempt)(op)) {
      if (may_wait) {
        op.run(core_, [&](detail::operation& o) { (c.get()->*begin)(o); });
      } else {
        op.done(asio::error::would_block);
      }
    }
    return op.result(ec);
  }

  template <class Handler, class Completion>
  void start(Handler&& handler, Completion completion,
             void (detail::connection::*begin)(detail::operation&)) {
    const auto& c = connection_.shared();
    const auto id = c ? detail::connect_cancellation(c, handler) : 0;
    auto& op = detail::make_operation(std::forward<Handler>(handler), executor_, *core_,
                                      std::move(completion));
    op.id = id;
    if (c) return (c.get()->*begin)(op);
    op.done(asio::error::bad_descriptor);
    op.post();
  }

  endpoint or_throw(endpoint (basic_stream::*get)(std::error_code&) const) const {
    std::error_code ec;
    const endpoint e = (this->*get)(ec);
    if (ec) throw std::system_error(ec, "v4v::stream");
    return e;
  }

  executor_type executor_;
  std::shared_ptr<detail::guest_core> core_;
  stream_options options_;
  bool non_blocking_ = false;
  detail::connection_handle connection_;
};

/// A stream for any executor.
using stream = basic_stream<>;

}  // namespace v4v
