#pragma once

#include <kj/async.h>

#include <asio/async_result.hpp>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "v4v/rpc/detail/promise_operation.hpp"

namespace v4v::rpc {

/// A completion token with which any Asio operation returns a kj::Promise:
///
///     kj::Promise<std::size_t> read = socket.async_read_some(buffer, v4v::rpc::use_promise);
///
/// | completion signature | promise |
/// | --- | --- |
/// | void(), void(error_code), void(exception_ptr) | kj::Promise<void> |
/// | void(T), void(error_code, T), void(exception_ptr, T) | kj::Promise<T> |
/// | two or more values, T, U... | kj::Promise<std::tuple<T, U...>>, for structured bindings |
///
/// The operation begins at once, not when the promise is waited for. An error rejects the promise
/// with to_exception() of v4v/rpc/error.hpp. An operation that is abandoned, its handler destroyed
/// without a call, rejects it too (FAILED).
///
/// Cancellation: dropping a pending promise emits cancellation_type::all to the operation, whose
/// handler then runs later and does nothing. The I/O object must still exist at that moment, as it
/// must for every cancellation signal: a member promise is declared after its I/O object.
///
/// Lifetime of buffers: an operation may use its buffers until its handler has run, which is after
/// the promise was dropped. Memory that does not live that long by itself is handed to the
/// operation, which destroys it when the handler has run (or is destroyed with the io_context):
///
///     auto buffer = kj::heapArray<kj::byte>(4096);
///     auto where = asio::buffer(buffer.begin(), buffer.size());
///     auto read = socket.async_read_some(where, use_promise.attach(kj::mv(buffer)));
///
/// What is attached may be destroyed after the event loop; no promises and no capabilities, then.
///
/// The other way, a promise awaited in a coroutine, is await() of v4v/rpc/await.hpp. Neither needs
/// V4V; any Asio program can use them.
///
/// Thread safety: called in the thread of an event_loop (throws kj::Exception otherwise), where the
/// promise is also resolved, whichever thread and io_context the I/O object belongs to. A promise
/// on an I/O object of another thread must not be dropped while it is pending, since cancellation
/// signals are not thread-safe.
template <class... Attachments>
class use_promise_t {
 public:
  constexpr use_promise_t() requires(sizeof...(Attachments) == 0) = default;

  /// The same token, handing `attachments` over to the one operation it is passed to.
  template <class... More>
  [[nodiscard]] constexpr use_promise_t<std::decay_t<More>...> attach(More&&... attachments) const
      requires(sizeof...(Attachments) == 0) {
    return use_promise_t<std::decay_t<More>...>{
        std::tuple<std::decay_t<More>...>{std::forward<More>(attachments)...}};
  }

  /// For async_result's own use.
  [[nodiscard]] const std::tuple<Attachments...>& attachments() const& { return attachments_; }
  [[nodiscard]] std::tuple<Attachments...>&& attachments() && { return std::move(attachments_); }

 private:
  template <class...>
  friend class use_promise_t;

  constexpr explicit use_promise_t(std::tuple<Attachments...> attachments) requires(
      sizeof...(Attachments) > 0)
      : attachments_{std::move(attachments)} {}

  std::tuple<Attachments...> attachments_;
};

/// @copydoc use_promise_t
inline constexpr use_promise_t<> use_promise;

}  // namespace v4v::rpc

template <class... Attachments, class... Args>
class asio::async_result<v4v::rpc::use_promise_t<Attachments...>, void(Args...)> {
 public:
  using return_type = kj::Promise<v4v::rpc::detail::promised<Args...>>;

  template <class Initiation, class Token, class... InitArgs>
  static return_type initiate(Initiation&& initiation, Token&& token, InitArgs&&... args) {
    using namespace v4v::rpc::detail;
    using operation = promise_operation<promised<Args...>>;
    auto pending = std::make_shared<operation>();
    auto promise = operation::promise(pending);
    operation& beginning = *pending;  // which the promise keeps
    std::invoke(std::forward<Initiation>(initiation),
                promise_handler<operation, Attachments...>{
                    std::move(pending), std::forward<Token>(token).attachments()},
                std::forward<InitArgs>(args)...);
    beginning.has_begun();
    return promise;
  }
};
