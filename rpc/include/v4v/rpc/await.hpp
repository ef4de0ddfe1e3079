#pragma once

#include <kj/async.h>

#include <asio/any_io_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>
#include <asio/execution/context.hpp>
#include <asio/query.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <utility>

#include "v4v/rpc/detail/awaited.hpp"
#include "v4v/rpc/event_loop.hpp"

namespace v4v::rpc {

/// Makes a kj::Promise awaitable in an Asio coroutine:
///
///     auto response = co_await v4v::rpc::await(request.send());
///
/// The other way is use_promise: `co_spawn(io, coroutine(), use_promise)` makes a promise of a
/// coroutine. The two may be nested in each other as deep as one likes. Neither knows of V4V; they
/// need an event_loop and nothing else of this library, and any Asio program can use them.
///
/// T is void or whatever can be moved. A capnp::RemotePromise is taken as the promise that it is;
/// its pipeline is dropped. A coroutine with another executor than any_io_executor names it, as it
/// must for all that it awaits: `await<Executor>(promise)`.
///
/// The coroutine goes on in a handler of its executor, one asio::post after the promise was
/// resolved, never inside of KJ's event loop and never at once: it may wait() for other promises,
/// and destroy what it likes. That costs one allocation, beside KJ's and those of coroutine frames.
///
/// Errors: a promise that was rejected throws promise_error, which is both a std::system_error and
/// the kj::Exception. All errors of both directions stand in a table in v4v/rpc/error.hpp.
///
/// Cancellation of the coroutine (terminal or partial; total is ignored, since nothing can be said
/// of what a promise has done) drops the promise at once, before the signal's emit() returns. The
/// coroutine then sees asio::error::operation_aborted as a std::system_error. So does a coroutine
/// that is a promise when that is dropped, and the promise it awaits is dropped with it. A signal
/// that comes after the promise was resolved is too late, and changes nothing. As always with KJ, a
/// promise must not be dropped by a continuation that it is itself waiting for.
///
/// Outstanding work: a coroutine is work for its io_context until it ends, as Asio has it, and so
/// io.run() does not return while one awaits a promise, unlike when only KJ waits for it. Cancel it
/// or stop the io_context.
///
/// Thread safety: awaited in the thread of an event_loop, by a coroutine whose executor belongs to
/// that loop's io_context (a strand on it will do): co_await throws kj::Exception (FAILED)
/// otherwise. Cancellation signals are emitted in that thread too.
///
/// Lifetime: when the loop is destroyed it drops the promises that are still awaited. Their
/// coroutines see operation_aborted if the io_context runs again, or are destroyed with it without
/// running any further; operations of Asio's under those promises go on. Either is after the loop,
/// when objects of KJ's must no longer be used: a coroutine that holds some, say a client, is
/// cancelled and seen to its end before the loop goes.
template <class Executor = asio::any_io_executor, class T>
[[nodiscard]] asio::awaitable<T, Executor> await(kj::Promise<T> promise) {
  const auto executor = co_await asio::this_coro::executor;
  detail::awaited<T> operation{asio::query(executor, asio::execution::context)};
  co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(
      [](auto&& handler, detail::awaited<T>* started, kj::Promise<T>* with) {
        started->start(kj::mv(*with), std::forward<decltype(handler)>(handler));
      },
      asio::use_awaitable_t<Executor>{}, &operation, &promise);
  co_return operation.take();
}

}  // namespace v4v::rpc
