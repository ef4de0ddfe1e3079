#pragma once

#include <sched.h>

#include <exception>
#include <initializer_list>
#include <utility>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include "measure/two_threads.hpp"
#include "two_ends.hpp"

namespace v4v::bench {

inline void run(asio::io_context& io, bool spin) {
  if (!spin) {
    io.run();
    return;
  }
  for (int looks = 1; !io.stopped(); ++looks) {
    io.poll();
    // Where both threads share a processor the other must be let run.
    if (looks % 64 == 0) ::sched_yield();
  }
}

/// Runs both ends of a connection for two threads until both coroutines have ended, or one has
/// failed. What else waits in the io_contexts goes on waiting.
inline void run_both(two_ends& p, asio::awaitable<void> near, asio::awaitable<void> far) {
  const auto run_one = [&p](asio::io_context& io, asio::awaitable<void> work) {
    std::exception_ptr failure;
    asio::co_spawn(io, std::move(work), [&](const std::exception_ptr& e) {
      failure = e;
      io.stop();
      if (e) {  // the other end would wait for ever
        p.here().stop();
        p.there().stop();
      }
    });
    run(io, p.spin);
    if (failure) std::rethrow_exception(failure);
  };
  // Before either runs: one that fails at once stops both.
  p.here().restart();
  p.there().restart();
  on_two_threads([&] { run_one(p.here(), std::move(near)); },
                 [&] { run_one(p.there(), std::move(far)); });
}

/// The same for both ends in this thread.
inline void run_in_one_thread(two_ends& p, asio::awaitable<void> near, asio::awaitable<void> far) {
  std::exception_ptr failure;
  int running = 2;
  p.here().restart();
  for (auto* const work : {&near, &far}) {
    asio::co_spawn(p.here(), std::move(*work), [&](const std::exception_ptr& e) {
      if (e) failure = e;
      if (--running == 0 || e) p.here().stop();
    });
  }
  p.here().run();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace v4v::bench
