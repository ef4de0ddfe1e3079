#include "event_port.hpp"

#include <gtest/gtest.h>

#include <asio/post.hpp>
#include <atomic>
#include <thread>
#include <vector>

namespace v4v::rpc {
namespace {

struct event_port_test : testing::Test {
  asio::io_context io;
  event_port port{io};
};

TEST_F(event_port_test, a_wake_from_another_thread_ends_a_wait_which_says_so_once) {
  std::thread other{[&] { port.wake(); }};
  EXPECT_TRUE(port.wait());
  EXPECT_FALSE(port.poll());
  other.join();
}

TEST_F(event_port_test, a_wake_before_the_wait_is_not_lost) {
  port.wake();
  EXPECT_TRUE(port.wait());
  port.wake();
  EXPECT_TRUE(port.poll());
  EXPECT_FALSE(port.poll());
}

TEST_F(event_port_test, what_was_done_before_a_wake_is_seen_after_the_wait) {
  for (int round = 0; round < 200; ++round) {
    int data = 0;
    std::thread other{[&] {
      data = 1;
      port.wake();
    }};
    EXPECT_TRUE(port.wait());
    EXPECT_EQ(data, 1);
    other.join();
  }
}

TEST_F(event_port_test, many_threads_may_wake_at_any_time) {
  std::atomic<int> running{4};
  std::vector<std::thread> others;
  for (int i = 0; i < 4; ++i) {
    others.emplace_back([&] {
      for (int n = 0; n < 500; ++n)
        port.wake();
      --running;
      port.wake();
    });
  }
  while (running > 0)
    EXPECT_TRUE(port.wait());
  for (auto& other : others)
    other.join();
}

TEST_F(event_port_test, an_idle_loop_in_io_run_takes_a_wake) {
  std::thread other{[&] { port.wake(); }};
  other.join();
  io.run();
  EXPECT_FALSE(port.poll()) << "the turn has taken it";
}

TEST_F(event_port_test, a_wait_ends_only_when_there_is_something_for_kj) {
  int handlers = 0;
  asio::post(io, [&] { ++handlers; });
  asio::post(io, [&] { ++handlers; });
  asio::post(io, [&] { port.wake(); });
  EXPECT_TRUE(port.wait());
  EXPECT_EQ(handlers, 2);
}

}  // namespace
}  // namespace v4v::rpc
