#pragma once

#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "no_throw.hpp"

namespace chat {

/// For coroutines of one thread that wait until something holds: a timer that never expires, whose
/// waits are cancelled whenever it is worth another look.
class condition {
 public:
  template <class Executor>
  explicit condition(const Executor& executor)
      : timer_(executor, asio::steady_timer::time_point::max()) {}

  void notify() { timer_.cancel(); }

  template <class Predicate>
  asio::awaitable<void> wait(Predicate holds) {
    while (!holds())
      co_await timer_.async_wait(no_throw);
  }

 private:
  asio::steady_timer timer_;
};

}  // namespace chat
