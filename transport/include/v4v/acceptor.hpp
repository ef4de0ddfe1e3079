#pragma once

#include <cstddef>
#include <memory>
#include <system_error>
#include <type_traits>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/error.hpp>
#include <asio/execution/executor.hpp>
#include <asio/is_executor.hpp>

#include "v4v/detail/blocking.hpp"
#include "v4v/detail/initiate.hpp"
#include "v4v/detail/listener.hpp"
#include "v4v/endpoint.hpp"
#include "v4v/guest.hpp"
#include "v4v/stream.hpp"

namespace v4v {

/// What an acceptor can be told.
struct acceptor_options {
  /// Memory of the ring of each accepted connection, and of the ring in which requests arrive; in
  /// bytes, rounded up to whole pages, and a page more from 64 KiB on; up to 16 MiB. It takes 96
  /// bytes fewer of payload in one message. An accepted connection without a ring of its own (see
  /// below) keeps up to as much in a queue, while nobody reads from it (the queue's memory may be
  /// twice that).
  std::size_t ring_size = 256 * 1024;

  /// How many requests may wait to be accepted, one for each port of a peer. More are refused.
  std::size_t backlog = 128;
};

/// What streams can have as an executor.
template <class T>
concept is_executor = asio::is_executor<T>::value || asio::execution::is_executor<T>::value;

/// Listens at a port of this domain, for peers in any domain; like `asio::ip::tcp::acceptor`.
///
/// An accepted connection receives through a ring of its own: one that nobody reads from stops its
/// own sender, and nobody else's.
///
/// Two kinds do not: those of peers that speak the plain stream protocol (docs/stream-protocol.md),
/// and those for which the domain has no ring left. They share the acceptor's ring. When one of
/// them is not read from, its bytes are queued, up to the size of the ring; past that they stay in
/// the ring, and block what comes behind them for all of these, until they are read or the
/// connection is closed.
///
/// Thread safety: distinct objects are safe. Shared objects are unsafe.
///
/// Errors of all operations: `asio::error::operation_aborted` (cancelled, or the acceptor or its
/// guest was closed), `asio::error::bad_descriptor` (the acceptor is not open).
template <class Executor = asio::any_io_executor>
class basic_acceptor {
 public:
  using executor_type = Executor;
  using endpoint_type = endpoint;

  template <class OtherExecutor>
  struct rebind_executor {
    using other = basic_acceptor<OtherExecutor>;
  };

  /// Listens at `port`, which must be in 1 ... 0x7fffffff. Throws std::system_error:
  /// `invalid_argument` (the port or the ring size), `address_in_use`, `not_enough_memory`,
  /// `no_space_on_device` (this domain has all the rings that it may have), `bad_descriptor` (the
  /// guest was closed).
  basic_acceptor(guest& g, port_type port, acceptor_options options = {})
      : basic_acceptor(g.get_executor(), g, port, options) {}
  basic_acceptor(const executor_type& executor, guest& g, port_type port,
                 acceptor_options options = {})
      : executor_(executor), core_(g.core()) {
    std::error_code ec;
    if (port == V4V_PORT_ANY || port >= first_connecting_port) {
      ec = std::make_error_code(std::errc::invalid_argument);
    } else {
      listener_ = detail::listener::open(core_, port, options.ring_size, options.backlog, ec);
    }
    if (ec) throw std::system_error(ec, "v4v::acceptor");
  }

  /// Moving keeps waiting operations: they go on for the new object. The old one is not open.
  basic_acceptor(basic_acceptor&& other) noexcept
      : executor_(other.executor_),
        core_(other.core_),
        listener_(std::exchange(other.listener_, nullptr)),
        non_blocking_(other.non_blocking_) {}
  basic_acceptor& operator=(basic_acceptor&& other) noexcept {
    if (this == &other) return *this;
    close();
    executor_ = other.executor_;
    core_ = other.core_;
    listener_ = std::exchange(other.listener_, nullptr);
    non_blocking_ = other.non_blocking_;
    return *this;
  }
  /// The same, from an acceptor for another kind of executor.
  template <class Other>
  requires(!std::is_same_v<Other, Executor> && std::is_convertible_v<Other, Executor>)
      basic_acceptor(basic_acceptor<Other>&& other)
      : executor_(other.executor_),
        core_(other.core_),
        listener_(std::exchange(other.listener_, nullptr)),
        non_blocking_(other.non_blocking_) {}
  ~basic_acceptor() { close(); }

  [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }
  [[nodiscard]] bool is_open() const { return listener_ && listener_->is_open(); }

  /// Where it listens. Fails with `bad_descriptor` when not open.
  [[nodiscard]] endpoint local_endpoint(std::error_code& ec) const {
    ec = is_open() ? std::error_code{} : make_error_code(asio::error::bad_descriptor);
    return ec ? endpoint{} : listener_->local();
  }
  [[nodiscard]] endpoint local_endpoint() const {
    std::error_code ec;
    const endpoint e = local_endpoint(ec);
    if (ec) throw std::system_error(ec, "v4v::acceptor");
    return e;
  }

  /// Ends all waiting accepts with `operation_aborted`.
  void cancel() {
    if (listener_) listener_->cancel();
  }

  /// Stops listening: ends all waiting accepts with `operation_aborted`, and refuses the requests
  /// that were not accepted. Accepted connections go on. Closing twice is harmless.
  void close() {
    if (const auto l = std::exchange(listener_, nullptr)) l->close();
  }

  /// Whether accept() answers `would_block` instead of waiting.
  [[nodiscard]] bool non_blocking() const noexcept { return non_blocking_; }
  void non_blocking(bool mode) noexcept { non_blocking_ = mode; }

  /// Accepts a connection; the calling thread waits, as with the synchronous calls of streams.
  /// Errors as async_accept.
  [[nodiscard]] basic_stream<Executor> accept(std::error_code& ec) { return accept(executor_, ec); }
  [[nodiscard]] basic_stream<Executor> accept() { return accept(executor_); }

  /// The same, for a stream with an executor of its own: a strand, say.
  template <class StreamExecutor>
  requires is_executor<StreamExecutor>
  [[nodiscard]] basic_stream<StreamExecutor> accept(const StreamExecutor& executor,
                                                    std::error_code& ec) {
    detail::blocking_operation op(detail::plain_completion{});
    const auto l = listener_;
    if (!l) {
      op.done(asio::error::bad_descriptor);
    } else if (!l->attempt_accept(op)) {
      if (non_blocking_) {
        op.done(asio::error::would_block);
      } else {
        op.run(core_, [&](detail::operation& o) { l->start_accept(o); });
      }
    }
    ec = op.error;
    return basic_stream<StreamExecutor>(executor, core_, std::move(op.accepted));
  }
  template <class StreamExecutor>
  requires is_executor<StreamExecutor>
  [[nodiscard]] basic_stream<StreamExecutor> accept(const StreamExecutor& executor) {
    std::error_code ec;
    auto s = accept(executor, ec);
    if (ec) throw std::system_error(ec, "v4v::acceptor accept");
    return s;
  }

  /// Accepts a connection.
  ///
  /// Completion signature: `void(std::error_code, v4v::basic_stream<Executor>)`. The stream's
  /// executor is the acceptor's. With an error the stream is not open. Besides the errors of all
  /// operations: `protocol_error` (what lies in the ring makes no sense; the acceptor is closed).
  /// Cancellation: terminal, partial and total; a cancelled accept has accepted nothing.
  template <asio::completion_token_for<void(std::error_code, basic_stream<Executor>)> Token =
                asio::default_completion_token_t<Executor>>
  auto async_accept(Token&& token = asio::default_completion_token_t<Executor>()) {
    return asio::async_initiate<Token, void(std::error_code, basic_stream<Executor>)>(
        initiate_accept{this}, token, executor_);
  }

  /// The same, for a stream with an executor of its own: a strand, say.
  template <class StreamExecutor,
            asio::completion_token_for<void(std::error_code, basic_stream<StreamExecutor>)> Token =
                asio::default_completion_token_t<Executor>>
  requires is_executor<StreamExecutor>
  auto async_accept(const StreamExecutor& executor,
                    Token&& token = asio::default_completion_token_t<Executor>()) {
    return asio::async_initiate<Token, void(std::error_code, basic_stream<StreamExecutor>)>(
        initiate_accept{this}, token, executor);
  }

 private:
  template <class Other>
  friend class basic_acceptor;

  template <class StreamExecutor>
  struct accept_completion {
    StreamExecutor executor;
    std::shared_ptr<detail::guest_core> core;

    using target = detail::operation_target;
    static bool perform(detail::operation&, detail::operation_target&) { return false; }
    auto arguments(detail::operation& op) const {
      return std::tuple(op.error,
                        basic_stream<StreamExecutor>(executor, core, std::move(op.accepted)));
    }
  };

  struct initiate_accept {
    basic_acceptor* self;
    using executor_type = Executor;
    [[nodiscard]] executor_type get_executor() const noexcept { return self->executor_; }

    template <class Handler, class StreamExecutor>
    void operator()(Handler&& handler, const StreamExecutor& executor) const {
      const auto l = self->listener_;
      const auto id = l ? detail::connect_cancellation(l, handler) : 0;
      auto& op =
          detail::make_operation(std::forward<Handler>(handler), self->executor_, *self->core_,
                                 accept_completion<StreamExecutor>{executor, self->core_});
      op.id = id;
      if (l) return l->start_accept(op);
      op.done(asio::error::bad_descriptor);
      op.post();
    }
  };

  executor_type executor_;
  std::shared_ptr<detail::guest_core> core_;
  std::shared_ptr<detail::listener> listener_;
  bool non_blocking_ = false;
};

/// An acceptor for any executor.
using acceptor = basic_acceptor<>;

}  // namespace v4v
