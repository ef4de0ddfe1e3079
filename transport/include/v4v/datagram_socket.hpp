#pragma once

#include <cstddef>
#include <memory>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/error.hpp>
#include <asio/socket_base.hpp>

#include "v4v/detail/blocking.hpp"
#include "v4v/detail/datagram_port.hpp"
#include "v4v/detail/initiate.hpp"
#include "v4v/endpoint.hpp"
#include "v4v/guest.hpp"

namespace v4v {

/// What a datagram socket can be told.
struct datagram_options {
  /// Memory of the ring in which it receives, in bytes, rounded up to whole pages; up to 16 MiB. A
  /// datagram can be as long as that, less 96 bytes.
  std::size_t ring_size = 256 * 1024;
};

/// Sends and receives messages with boundaries, like `asio::ip::udp::socket`, but none is lost or
/// reordered on the way: what a socket has sent, and the other one has room for, arrives. A
/// datagram for which there is no room waits with its sender, and only what goes to the same
/// socket waits behind it. What a socket has not received when it closes is lost.
///
/// A datagram is one V4V message of type V4V_MESSAGE_DGRAM, without a header of its own.
///
/// The domain of a source is who the hypervisor says it is, and cannot be forged; the port is what
/// the sender says.
///
/// Thread safety: distinct objects are safe. Shared objects are unsafe.
///
/// Errors of all operations: `asio::error::operation_aborted` (cancelled, or the socket or its
/// guest was closed), `asio::error::bad_descriptor` (the socket is not open). Cancellation of the
/// asynchronous ones: terminal, partial and total; what is cancelled has had no effect.
///
/// Buffers: their memory must stay valid until the handler is called; the sequence is copied.
template <class Executor = asio::any_io_executor>
class basic_datagram_socket {
 public:
  using executor_type = Executor;
  using endpoint_type = endpoint;

  template <class OtherExecutor>
  struct rebind_executor {
    using other = basic_datagram_socket<OtherExecutor>;
  };

  /// Opens the socket at `port`, below 0x80000000; 0 means at one from there up that is free.
  /// Throws std::system_error: `invalid_argument` (the port or the ring size), `address_in_use`,
  /// `not_enough_memory`, `no_space_on_device` (this domain has all the rings that it may have),
  /// `bad_descriptor` (the guest was closed).
  explicit basic_datagram_socket(guest& g, port_type port = 0, datagram_options options = {})
      : basic_datagram_socket(g.get_executor(), g, port, options) {}
  basic_datagram_socket(const executor_type& executor, guest& g, port_type port = 0,
                        datagram_options options = {})
      : executor_(executor), core_(g.core()) {
    std::error_code ec = std::make_error_code(std::errc::invalid_argument);
    if (port < first_connecting_port)
      port_ = detail::datagram_port::open(core_, port, options.ring_size, ec);
    if (ec) throw std::system_error(ec, "v4v::datagram_socket");
  }

  /// Moving keeps waiting operations: they go on for the new object. The old one is not open.
  basic_datagram_socket(basic_datagram_socket&& other) noexcept
      : executor_(other.executor_),
        core_(other.core_),
        port_(std::exchange(other.port_, nullptr)),
        non_blocking_(other.non_blocking_) {}
  basic_datagram_socket& operator=(basic_datagram_socket&& other) noexcept {
    if (this == &other) return *this;
    close();
    executor_ = other.executor_;
    core_ = other.core_;
    port_ = std::exchange(other.port_, nullptr);
    non_blocking_ = other.non_blocking_;
    return *this;
  }
  /// The same, from a socket for another kind of executor.
  template <class Other>
  requires(!std::is_same_v<Other, Executor> && std::is_convertible_v<Other, Executor>)
      basic_datagram_socket(basic_datagram_socket<Other>&& other)
      : executor_(other.executor_),
        core_(other.core_),
        port_(std::exchange(other.port_, nullptr)),
        non_blocking_(other.non_blocking_) {}
  ~basic_datagram_socket() { close(); }

  [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }
  [[nodiscard]] bool is_open() const { return port_ && port_->is_open(); }

  /// Where it is. Fails with `bad_descriptor` when not open.
  [[nodiscard]] endpoint local_endpoint(std::error_code& ec) const {
    ec = is_open() ? std::error_code{} : make_error_code(asio::error::bad_descriptor);
    return ec ? endpoint{} : port_->local();
  }
  [[nodiscard]] endpoint local_endpoint() const {
    std::error_code ec;
    const endpoint e = local_endpoint(ec);
    return check(ec, "v4v::datagram_socket local_endpoint"), e;
  }

  /// The one that connect() named. Fails with `not_connected` when there was none.
  [[nodiscard]] endpoint remote_endpoint(std::error_code& ec) const {
    const auto peer = port_ ? port_->peer() : std::nullopt;
    ec = peer ? std::error_code{} : make_error_code(asio::error::not_connected);
    return peer.value_or(endpoint{});
  }
  [[nodiscard]] endpoint remote_endpoint() const {
    std::error_code ec;
    const endpoint e = remote_endpoint(ec);
    return check(ec, "v4v::datagram_socket remote_endpoint"), e;
  }

  /// From now on send() sends to `peer`, and what comes from elsewhere is dropped. Nothing is sent
  /// for it: whether there is anybody is seen by sending.
  void connect(const endpoint& peer, std::error_code& ec) {
    ec = port_ ? std::error_code{} : make_error_code(asio::error::bad_descriptor);
    if (port_) port_->connect(peer);
  }
  void connect(const endpoint& peer) {
    std::error_code ec;
    connect(peer, ec);
    check(ec, "v4v::datagram_socket connect");
  }

  /// Ends all waiting operations with `operation_aborted`.
  void cancel() {
    if (port_) port_->cancel();
  }

  /// The same, and gives the port back. Closing twice is harmless.
  void close() {
    if (const auto p = std::exchange(port_, nullptr)) p->close();
  }

  /// Whether the calls that are not asynchronous answer `would_block` instead of waiting.
  [[nodiscard]] bool non_blocking() const noexcept { return non_blocking_; }
  void non_blocking(bool mode) noexcept { non_blocking_ = mode; }

  // ---- Synchronous: the calling thread waits, and meanwhile does the guest's work itself. Results
  // and errors are those of the asynchronous twin; the forms without an error_code throw
  // std::system_error.

  template <class ConstBufferSequence>
  std::size_t send_to(const ConstBufferSequence& buffers, const endpoint& to, std::error_code& ec) {
    return now(send_completion<ConstBufferSequence>{buffers, to}, sends{to}, ec);
  }
  template <class ConstBufferSequence>
  std::size_t send_to(const ConstBufferSequence& buffers, const endpoint& to) {
    std::error_code ec;
    const std::size_t n = send_to(buffers, to, ec);
    return check(ec, "v4v::datagram_socket send_to"), n;
  }
  template <class ConstBufferSequence>
  std::size_t send(const ConstBufferSequence& buffers, std::error_code& ec) {
    const endpoint to = remote_endpoint(ec);
    return ec ? 0 : send_to(buffers, to, ec);
  }
  template <class ConstBufferSequence>
  std::size_t send(const ConstBufferSequence& buffers) {
    std::error_code ec;
    const std::size_t n = send(buffers, ec);
    return check(ec, "v4v::datagram_socket send"), n;
  }

  template <class MutableBufferSequence>
  std::size_t receive_from(const MutableBufferSequence& buffers, endpoint& source,
                           std::error_code& ec) {
    return now(receive_completion<MutableBufferSequence>{buffers, &source}, receives{}, ec);
  }
  template <class MutableBufferSequence>
  std::size_t receive_from(const MutableBufferSequence& buffers, endpoint& source) {
    std::error_code ec;
    const std::size_t n = receive_from(buffers, source, ec);
    return check(ec, "v4v::datagram_socket receive_from"), n;
  }
  template <class MutableBufferSequence>
  std::size_t receive(const MutableBufferSequence& buffers, std::error_code& ec) {
    return now(receive_completion<MutableBufferSequence>{buffers, nullptr}, receives{}, ec);
  }
  template <class MutableBufferSequence>
  std::size_t receive(const MutableBufferSequence& buffers) {
    std::error_code ec;
    const std::size_t n = receive(buffers, ec);
    return check(ec, "v4v::datagram_socket receive"), n;
  }

  // ---- Asynchronous

  /// Sends one datagram: all of it, or nothing with an error. Waits while `to` has no room for it.
  ///
  /// Completion signature: `void(std::error_code, std::size_t)`. Besides the errors of all
  /// operations: `message_size` (longer than the other ring, or than the hypervisor allows),
  /// `connection_refused` (no such domain, nobody there, or the hypervisor's rules do not allow
  /// it).
  template <class ConstBufferSequence,
            asio::completion_token_for<void(std::error_code, std::size_t)> Token =
                asio::default_completion_token_t<Executor>>
  auto async_send_to(const ConstBufferSequence& buffers, const endpoint& to,
                     Token&& token = asio::default_completion_token_t<Executor>()) {
    return asio::async_initiate<Token, void(std::error_code, std::size_t)>(
        initiate_send{this}, token, buffers, to, std::error_code{});
  }

  /// The same, to where the socket is connected; else `not_connected`.
  template <class ConstBufferSequence,
            asio::completion_token_for<void(std::error_code, std::size_t)> Token =
                asio::default_completion_token_t<Executor>>
  auto async_send(const ConstBufferSequence& buffers,
                  Token&& token = asio::default_completion_token_t<Executor>()) {
    std::error_code ec;
    const endpoint to = remote_endpoint(ec);
    return asio::async_initiate<Token, void(std::error_code, std::size_t)>(initiate_send{this},
                                                                           token, buffers, to, ec);
  }

  /// Receives one datagram, which may have no bytes, and says in `source` whose it is. `source`
  /// must stay valid until the handler is called.
  ///
  /// Completion signature: `void(std::error_code, std::size_t)`. Besides the errors of all
  /// operations: `message_size` (it was longer than the buffers: they are filled, the rest is
  /// lost), `protocol_error` (what lies in the ring makes no sense; open another socket).
  template <class MutableBufferSequence,
            asio::completion_token_for<void(std::error_code, std::size_t)> Token =
                asio::default_completion_token_t<Executor>>
  auto async_receive_from(const MutableBufferSequence& buffers, endpoint& source,
                          Token&& token = asio::default_completion_token_t<Executor>()) {
    return asio::async_initiate<Token, void(std::error_code, std::size_t)>(initiate_receive{this},
                                                                           token, buffers, &source);
  }

  /// The same, for who does not want to know.
  template <class MutableBufferSequence,
            asio::completion_token_for<void(std::error_code, std::size_t)> Token =
                asio::default_completion_token_t<Executor>>
  auto async_receive(const MutableBufferSequence& buffers,
                     Token&& token = asio::default_completion_token_t<Executor>()) {
    return asio::async_initiate<Token, void(std::error_code, std::size_t)>(
        initiate_receive{this}, token, buffers, static_cast<endpoint*>(nullptr));
  }

  /// Waits until a receive would not wait (`wait_read`, or `wait_error`). `wait_write` ends with
  /// `operation_not_supported`: whether a send would wait depends on where to.
  ///
  /// Completion signature: `void(std::error_code)`.
  template <asio::completion_token_for<void(std::error_code)> Token =
                asio::default_completion_token_t<Executor>>
  auto async_wait(asio::socket_base::wait_type what,
                  Token&& token = asio::default_completion_token_t<Executor>()) {
    return asio::async_initiate<Token, void(std::error_code)>(initiate_wait{this}, token, what);
  }

 private:
  template <class Other>
  friend class basic_datagram_socket;

  template <class Buffers>
  struct send_completion {
    using target = detail::datagram_port;
    Buffers buffers;
    endpoint to;

    bool perform(detail::operation& op, target& p) const {
      detail::datagram_vector data(buffers);
      return p.send_to(data, to, op);
    }
    static auto arguments(detail::operation& op) { return std::tuple(op.error, op.bytes); }
  };

  template <class Buffers>
  struct receive_completion {
    using target = detail::datagram_port;
    Buffers buffers;
    endpoint* source;

    bool perform(detail::operation& op, target& p) const {
      endpoint unwanted;
      return p.receive_from(detail::datagram_space(buffers), source ? *source : unwanted, op);
    }
    static auto arguments(detail::operation& op) { return std::tuple(op.error, op.bytes); }
  };

  struct wait_completion {
    using target = detail::datagram_port;
    static bool perform(detail::operation& op, target& p) { return p.wait_for_message(op); }
    static auto arguments(detail::operation& op) { return std::tuple(op.error); }
  };

  // The two ways to begin an operation: in a queue if need be, or only if it is done at once.
  struct sends {
    endpoint to;
    void start(detail::datagram_port& p, detail::operation& op) const { p.start_send(op, to); }
    bool attempt(detail::datagram_port& p, detail::operation& op) const {
      return p.attempt_send(op, to);
    }
  };
  struct receives {
    static void start(detail::datagram_port& p, detail::operation& op) { p.start_receive(op); }
    static bool attempt(detail::datagram_port& p, detail::operation& op) {
      return p.attempt_receive(op);
    }
  };

  struct initiation {
    basic_datagram_socket* self;
    using executor_type = Executor;
    [[nodiscard]] executor_type get_executor() const noexcept { return self->executor_; }
  };
  struct initiate_send : initiation {
    template <class Handler, class Buffers>
    void operator()(Handler&& handler, const Buffers& buffers, const endpoint& to,
                    std::error_code failed) const {
      this->self->start(std::forward<Handler>(handler), send_completion<Buffers>{buffers, to},
                        sends{to}, failed);
    }
  };
  struct initiate_receive : initiation {
    template <class Handler, class Buffers>
    void operator()(Handler&& handler, const Buffers& buffers, endpoint* source) const {
      this->self->start(std::forward<Handler>(handler),
                        receive_completion<Buffers>{buffers, source}, receives{}, {});
    }
  };
  struct initiate_wait : initiation {
    template <class Handler>
    void operator()(Handler&& handler, asio::socket_base::wait_type what) const {
      std::error_code failed;
      if (what == asio::socket_base::wait_write) failed = asio::error::operation_not_supported;
      this->self->start(std::forward<Handler>(handler), wait_completion{}, receives{}, failed);
    }
  };

  template <class Handler, class Completion, class Begin>
  void start(Handler&& handler, Completion completion, const Begin& begin, std::error_code failed) {
    const auto p = port_;
    const auto id = p ? detail::connect_cancellation(p, handler) : 0;
    auto& op = detail::make_operation(std::forward<Handler>(handler), executor_, *core_,
                                      std::move(completion));
    op.id = id;
    if (p && !failed) return begin.start(*p, op);
    op.done(p ? failed : make_error_code(asio::error::bad_descriptor));
    op.post();
  }

  template <class Completion, class Begin>
  auto now(Completion completion, const Begin& begin, std::error_code& ec) {
    const auto p = port_;
    detail::blocking_operation op(std::move(completion));
    if (!p) {
      op.done(asio::error::bad_descriptor);
    } else if (!begin.attempt(*p, op)) {
      if (non_blocking_) {
        op.done(asio::error::would_block);
      } else {
        op.run(core_, [&](detail::operation& o) { begin.start(*p, o); });
      }
    }
    return op.result(ec);
  }

  static void check(std::error_code ec, const char* what) {
    if (ec) throw std::system_error(ec, what);
  }

  executor_type executor_;
  std::shared_ptr<detail::guest_core> core_;
  std::shared_ptr<detail::datagram_port> port_;
  bool non_blocking_ = false;
};

/// A datagram socket for any executor.
using datagram_socket = basic_datagram_socket<>;

}  // namespace v4v
