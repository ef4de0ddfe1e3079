#pragma once

#include <asio/awaitable.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

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
      co_await timer_.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
  }

 private:
  asio::steady_timer timer_;
};

}  // namespace chat
