#pragma once

#include <kj/async.h>
#include <kj/function.h>
#include <kj/timer.h>

#include <asio/io_context.hpp>
#include <memory>

namespace v4v::rpc::detail {
class loop_member;
}

namespace v4v::rpc {

class event_port;

namespace detail {

/// To be called by an Asio handler that resolves promises of the calling thread's loop, if it has
/// one: runs what waited for them before it returns.
void resolve_and_turn(kj::FunctionParam<void()> resolve);

}  // namespace detail

/// KJ's event loop, the one that Cap'n Proto's promises run on, on an Asio io_context.
///
/// One thread runs both. Either as an Asio program does it:
///
///     asio::io_context io;
///     v4v::rpc::event_loop loop{io};
///     kj::Promise<void> served = serve().eagerlyEvaluate(report);
///     io.run();  // runs Asio's handlers and KJ's continuations, in turn
///
/// or as a KJ program does it: `promise.wait(loop.wait_scope())` runs the io_context until the
/// promise is resolved. The two may be mixed, and wait() may be called from an Asio handler
/// (though, as always with KJ, not from a promise's continuation; nor may that run the io_context).
/// An io_context that was made with a concurrency hint of 1 is for io.run(), or for wait() outside
/// of handlers: what a handler posts there, and a wait() in it would wait for, stays with that
/// handler until it returns.
///
/// The loop, use_promise.hpp, await.hpp and error.hpp know nothing of V4V: they are for any Asio
/// program that wants KJ's promises, and any KJ program that wants Asio's I/O.
///
/// Outstanding work: a continuation that is ready to run is work for the io_context, and so is the
/// loop's timer while a promise of timer() is pending. A promise that waits for anything else is
/// not: io.run() returns when nothing in the io_context can bring it forward any more. (A coroutine
/// that awaits one is, as all coroutines are.) A thread
/// that only serves calls from a kj::Executor holds an executor_work_guard, as it would for
/// asio::post.
///
/// wait() sleeps as long as it takes, with or without outstanding work, and whether or not the
/// io_context is stopped: stop() is for io.run(). KJ cannot be left in the middle of a wait, so an
/// exception from an Asio handler that runs in a wait (or in a poll of KJ's) ends the program, by
/// std::terminate. From a handler that runs in io.run() it comes out of io.run(), as always.
///
/// Thread safety: the thread that makes the loop is the loop's thread. It alone runs the
/// io_context, and everything of KJ's is made, resolved and destroyed in it. Other threads use
/// executor() or asio::post. A second loop in one thread, and an io_context run by any other
/// thread, are refused with a kj::Exception that says so (from the constructor, or out of
/// io.run()).
///
/// Destruction, in the loop's thread: first whatever was built on the loop (RPC servers and
/// clients, message streams, promises), then the loop, then the io_context. Asio operations that
/// are still pending then belong to the io_context alone, and touch nothing of the loop's. Detached
/// promises are dropped, and those that coroutines still await (see await.hpp); operations under
/// them are not cancelled by that, and go on in the io_context.
class event_loop {
 public:
  /// For this library's own use.
  [[nodiscard]] event_port& port() noexcept;

  /// Becomes the KJ event loop of the calling thread. `io` must outlive the loop.
  /// Throws kj::Exception (FAILED) when the thread already has one.
  explicit event_loop(asio::io_context& io);
  ~event_loop();
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  /// The loop of the calling thread. Throws kj::Exception (FAILED) when the thread has none.
  [[nodiscard]] static event_loop& current();

  /// The io_context that the loop runs on.
  [[nodiscard]] asio::io_context& context() const noexcept;

  /// What `promise.wait()` asks for. Pass it down to the functions that may wait.
  [[nodiscard]] kj::WaitScope& wait_scope() noexcept;

  /// A timer on the same clock as std::chrono::steady_clock and kj::systemPreciseMonotonicClock().
  /// Unlike KJ's own its now() is always the present, not the moment at which the loop last waited,
  /// since an Asio program may run for long between two turns of the loop. Promises must not
  /// outlive the loop.
  [[nodiscard]] kj::Timer& timer() noexcept;

  /// For other threads to run functions in the loop's thread; `executor().addRef()` may outlive the
  /// loop, and then says DISCONNECTED. The call itself belongs to the loop's thread.
  [[nodiscard]] const kj::Executor& executor();

 private:
  friend class detail::loop_member;
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace v4v::rpc
