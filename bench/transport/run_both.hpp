#pragma once

#include <exception>
#include <utility>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include "measure/two_threads.hpp"

namespace v4v::bench {

/// Runs the two ends of a pair until both coroutines have ended, or one has failed. What else waits
/// in the io_contexts goes on waiting.
template <class Pair>
void run_both(Pair& p, asio::awaitable<void> near, asio::awaitable<void> far) {
  const auto run = [&p](asio::io_context& io, asio::awaitable<void> work) {
    std::exception_ptr failure;
    io.restart();
    asio::co_spawn(io, std::move(work), [&](const std::exception_ptr& e) {
      failure = e;
      io.stop();
      if (e) {  // the other end would wait for ever
        p.here.stop();
        p.there.stop();
      }
    });
    io.run();
    if (failure) std::rethrow_exception(failure);
  };
  on_two_threads([&] { run(p.here, std::move(near)); }, [&] { run(p.there, std::move(far)); });
}

}  // namespace v4v::bench
