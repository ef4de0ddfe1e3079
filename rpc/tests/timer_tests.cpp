#include <gtest/gtest.h>

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <vector>

#include "v4v/rpc/event_loop.hpp"

namespace v4v::rpc {
namespace {

using namespace std::chrono_literals;

struct timer_test : testing::Test {
  asio::io_context io;
  event_loop loop{io};
  kj::Timer& timer = loop.timer();

  // Runs the io_context, but fails when that takes as long as an hour would.
  void run_quickly() {
    io.run_for(30s);
    EXPECT_TRUE(io.stopped()) << "work is left";
  }
};

TEST_F(timer_test, a_deadline_passes_under_io_run) {
  const auto deadline = timer.now() + 2 * kj::MILLISECONDS;
  bool passed = false;
  auto promise = timer.atTime(deadline).then([&] { passed = true; }).eagerlyEvaluate(nullptr);
  run_quickly();
  EXPECT_TRUE(passed);
  EXPECT_GE(timer.now(), deadline);
}

TEST_F(timer_test, a_deadline_passes_under_wait) {
  const auto deadline = timer.now() + 2 * kj::MILLISECONDS;
  timer.atTime(deadline).wait(loop.wait_scope());
  EXPECT_GE(timer.now(), deadline);
}

TEST_F(timer_test, a_deadline_in_the_past_passes_at_once) {
  timer.atTime(timer.now() - 1 * kj::HOURS).wait(loop.wait_scope());
  timer.afterDelay(0 * kj::SECONDS).wait(loop.wait_scope());
}

TEST_F(timer_test, deadlines_pass_in_their_order_whatever_the_order_they_were_set_in) {
  std::vector<int> order;
  const auto begin = timer.now();
  const auto after = [&](int n) {
    return timer.atTime(begin + n * kj::MILLISECONDS)
        .then([&order, n] { order.push_back(n); })
        .eagerlyEvaluate(nullptr);
  };
  auto c = after(3), a = after(1), d = after(4), b = after(2);
  run_quickly();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3, 4}));
}

TEST_F(timer_test, an_earlier_deadline_set_in_a_callback_does_not_wait_for_the_later_one) {
  auto far = timer.afterDelay(1 * kj::HOURS).eagerlyEvaluate(nullptr);
  bool near = false;
  auto promise = kj::evalLater([&] { return timer.afterDelay(1 * kj::MILLISECONDS); })
                     .then([&] {
                       near = true;
                       far = nullptr;
                     })
                     .eagerlyEvaluate(nullptr);
  run_quickly();
  EXPECT_TRUE(near);
}

TEST_F(timer_test, an_earlier_deadline_set_in_an_asio_handler_does_not_wait_for_the_later_one) {
  auto far = timer.afterDelay(1 * kj::HOURS).eagerlyEvaluate(nullptr);
  kj::Promise<void> near = nullptr;
  asio::post(io, [&] {
    near = timer.afterDelay(1 * kj::MILLISECONDS)
               .then([&] { far = nullptr; })
               .eagerlyEvaluate(nullptr);
  });
  run_quickly();
}

TEST_F(timer_test, a_dropped_deadline_is_no_work_any_more) {
  auto promise = timer.afterDelay(1 * kj::HOURS).eagerlyEvaluate(nullptr);
  asio::post(io, [&] { promise = nullptr; });
  run_quickly();
}

TEST_F(timer_test, dropping_the_earliest_deadline_keeps_the_later_one) {
  bool passed = false;
  auto first = timer.afterDelay(1 * kj::MILLISECONDS).eagerlyEvaluate(nullptr);
  auto second =
      timer.afterDelay(3 * kj::MILLISECONDS).then([&] { passed = true; }).eagerlyEvaluate(nullptr);
  first = nullptr;
  run_quickly();
  EXPECT_TRUE(passed);
}

TEST_F(timer_test, a_timeout_that_is_not_needed_costs_nothing_afterwards) {
  auto promise = timer.timeoutAfter(1 * kj::HOURS, kj::evalLater([] { return 6; }));
  EXPECT_EQ(promise.wait(loop.wait_scope()), 6);
  run_quickly();
}

TEST_F(timer_test, a_timeout_throws_overloaded) {
  auto paf = kj::newPromiseAndFulfiller<void>();
  try {
    timer.timeoutAfter(1 * kj::MILLISECONDS, kj::mv(paf.promise)).wait(loop.wait_scope());
    FAIL();
  } catch (const kj::Exception& e) {
    EXPECT_EQ(e.getType(), kj::Exception::Type::OVERLOADED);
  }
}

TEST_F(timer_test, a_delay_counts_from_now_however_long_the_loop_was_idle) {
  asio::steady_timer idle{io, 5ms};
  kj::Promise<void> promise = nullptr;
  kj::TimePoint set = timer.now(), passed = set;
  idle.async_wait([&](auto) {
    set = timer.now();
    promise = timer.afterDelay(2 * kj::MILLISECONDS)
                  .then([&] { passed = timer.now(); })
                  .eagerlyEvaluate(nullptr);
  });
  run_quickly();
  EXPECT_GE(passed - set, 2 * kj::MILLISECONDS);
}

TEST_F(timer_test, thousands_of_deadlines_set_and_dropped_leave_one) {
  std::vector<kj::Promise<void>> dropped;
  for (int i = 0; i < 5000; ++i) {
    dropped.push_back(timer.afterDelay((1 + i % 7) * kj::HOURS).eagerlyEvaluate(nullptr));
  }
  auto kept = timer.afterDelay(1 * kj::MILLISECONDS).eagerlyEvaluate(nullptr);
  asio::post(io, [&] { dropped.clear(); });
  run_quickly();
}

}  // namespace
}  // namespace v4v::rpc
