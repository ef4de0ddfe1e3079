#include "v4v/rpc/event_loop.hpp"

#include <gtest/gtest.h>
#include <kj/debug.h>

#include <asio/dispatch.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "v4v/rpc/use_promise.hpp"

namespace v4v::rpc {
namespace {

struct event_loop_test : testing::Test {
  asio::io_context io;
  event_loop loop{io};
};

std::string text_of(const kj::Exception& e) { return e.getDescription().cStr(); }

TEST_F(event_loop_test, a_chain_of_promises_advances_while_only_io_run_is_called) {
  int steps = 0;
  auto chain = kj::evalLater([&] { ++steps; })
                   .then([&] { return kj::evalLater([&] { ++steps; }); })
                   .then([&] { return kj::evalLast([&] { ++steps; }); })
                   .eagerlyEvaluate(nullptr);
  EXPECT_EQ(steps, 0);
  io.run();
  EXPECT_EQ(steps, 3);
}

TEST_F(event_loop_test, io_run_returns_when_promises_wait_for_nothing_that_could_happen) {
  auto paf = kj::newPromiseAndFulfiller<void>();
  auto pending = paf.promise.eagerlyEvaluate(nullptr);
  io.run();
  EXPECT_TRUE(io.stopped());
}

TEST_F(event_loop_test, a_promise_fulfilled_by_an_asio_handler_continues_in_the_same_run) {
  auto paf = kj::newPromiseAndFulfiller<int>();
  int got = 0;
  auto promise = paf.promise.then([&](int value) { got = value; }).eagerlyEvaluate(nullptr);
  asio::post(io, [&] {
    paf.fulfiller->fulfill(7);
    EXPECT_EQ(got, 0) << "continuations must not run inside of fulfill()";
  });
  io.run();
  EXPECT_EQ(got, 7);
}

TEST_F(event_loop_test, handlers_and_continuations_take_turns) {
  std::vector<std::string> order;
  auto paf = kj::newPromiseAndFulfiller<void>();
  auto promise = paf.promise
                     .then([&] {
                       order.push_back("continuation");
                       asio::post(io, [&] { order.push_back("second handler"); });
                     })
                     .eagerlyEvaluate(nullptr);
  asio::post(io, [&] {
    order.push_back("first handler");
    paf.fulfiller->fulfill();
  });
  io.run();
  EXPECT_EQ(order, (std::vector<std::string>{"first handler", "continuation", "second handler"}));
}

TEST_F(event_loop_test, wait_runs_the_io_context) {
  auto paf = kj::newPromiseAndFulfiller<int>();
  asio::post(io, [&] { paf.fulfiller->fulfill(5); });
  EXPECT_EQ(paf.promise.wait(loop.wait_scope()), 5);
}

TEST_F(event_loop_test, wait_works_after_io_run_has_returned_and_the_other_way_round) {
  for (int round = 0; round < 3; ++round) {
    auto paf = kj::newPromiseAndFulfiller<int>();
    asio::post(io, [&] { paf.fulfiller->fulfill(5); });
    EXPECT_EQ(paf.promise.wait(loop.wait_scope()), 5);

    bool ran = false;
    auto later = kj::evalLater([&] { ran = true; }).eagerlyEvaluate(nullptr);
    io.run();
    EXPECT_TRUE(ran);
    io.restart();
  }
}

TEST_F(event_loop_test, io_run_needs_no_restart_after_a_wait) {
  auto paf = kj::newPromiseAndFulfiller<void>();
  asio::post(io, [&] { paf.fulfiller->fulfill(); });
  paf.promise.wait(loop.wait_scope());
  bool ran = false;
  asio::post(io, [&] { ran = true; });
  io.run();
  EXPECT_TRUE(ran);
}

TEST_F(event_loop_test, events_left_over_by_a_wait_run_in_the_next_io_run) {
  bool ran = false;
  auto paf = kj::newPromiseAndFulfiller<void>();
  auto other =
      paf.promise.then([&] { return kj::evalLast([&] { ran = true; }); }).eagerlyEvaluate(nullptr);
  auto first = kj::newPromiseAndFulfiller<void>();
  asio::post(io, [&] {
    first.fulfiller->fulfill();
    paf.fulfiller->fulfill();
  });
  first.promise.wait(loop.wait_scope());
  EXPECT_FALSE(ran);
  io.run();
  EXPECT_TRUE(ran);
}

TEST_F(event_loop_test, an_event_armed_after_poll_is_not_forgotten) {
  loop.wait_scope().poll();
  auto first = kj::evalLater([] {}).eagerlyEvaluate(nullptr);
  loop.wait_scope().poll();
  bool ran = false;
  auto second = kj::evalLater([&] { ran = true; }).eagerlyEvaluate(nullptr);
  io.run();
  EXPECT_TRUE(ran);
}

TEST_F(event_loop_test, poll_says_whether_a_promise_can_be_had_without_sleeping) {
  auto paf = kj::newPromiseAndFulfiller<void>();
  EXPECT_FALSE(paf.promise.poll(loop.wait_scope()));
  asio::post(io, [&] { paf.fulfiller->fulfill(); });
  EXPECT_TRUE(paf.promise.poll(loop.wait_scope()));
}

TEST_F(event_loop_test, wait_may_be_called_from_an_asio_handler_inside_io_run) {
  int got = 0;
  bool after = false;
  asio::post(io, [&] {
    auto paf = kj::newPromiseAndFulfiller<int>();
    asio::post(io, [&] { paf.fulfiller->fulfill(3); });
    got = paf.promise.wait(loop.wait_scope());
    asio::post(io, [&] { after = true; });
  });
  io.run();
  EXPECT_EQ(got, 3);
  EXPECT_TRUE(after);
}

TEST_F(event_loop_test, wait_inside_a_continuation_is_refused_by_kj) {
  std::string error;
  auto promise = kj::evalLater([&] {
                   kj::evalLater([] {}).wait(loop.wait_scope());
                 }).eagerlyEvaluate([&](kj::Exception&& e) { error = text_of(e); });
  io.run();
  EXPECT_NE(error.find("not allowed from within event callbacks"), std::string::npos) << error;
}

TEST_F(event_loop_test, an_exception_from_a_handler_leaves_io_run_and_the_loop_goes_on) {
  bool ran = false;
  auto later = kj::evalLater([&] { ran = true; }).eagerlyEvaluate(nullptr);
  asio::dispatch(io, [] { throw std::runtime_error{"handler"}; });
  EXPECT_THROW(io.run(), std::runtime_error);
  io.run();
  EXPECT_TRUE(ran);
}

TEST_F(event_loop_test, stopping_the_io_context_does_not_end_a_wait) {
  auto paf = kj::newPromiseAndFulfiller<int>();
  asio::post(io, [&] {
    io.stop();
    asio::post(io, [&] { paf.fulfiller->fulfill(2); });
  });
  EXPECT_EQ(paf.promise.wait(loop.wait_scope()), 2);
}

TEST_F(event_loop_test, a_second_loop_in_the_thread_is_refused_and_the_first_goes_on) {
  asio::io_context other;
  try {
    event_loop second{other};
    FAIL();
  } catch (const kj::Exception& e) {
    EXPECT_NE(text_of(e).find("already has an event loop"), std::string::npos);
  }
  EXPECT_EQ(&event_loop::current(), &loop);
  EXPECT_EQ(kj::evalLater([] { return 1; }).wait(loop.wait_scope()), 1);
}

TEST_F(event_loop_test, another_thread_that_runs_the_io_context_gets_an_error) {
  auto promise = kj::evalLater([] {}).eagerlyEvaluate(nullptr);
  std::thread{[&] {
    try {
      io.run();
      ADD_FAILURE();
    } catch (const kj::Exception& e) {
      EXPECT_NE(text_of(e).find("another thread"), std::string::npos);
    }
  }}.join();
}

TEST_F(event_loop_test, a_promise_fulfilled_in_another_thread_gets_an_error) {
  auto paf = kj::newPromiseAndFulfiller<void>();
  auto promise = paf.promise.eagerlyEvaluate(nullptr);
  asio::post(io, [&] { paf.fulfiller->fulfill(); });
  std::thread{[&] { EXPECT_THROW(io.run(), kj::Exception); }}.join();
}

/// Runs `function` in another thread, which has no loop, and gives the text of what it throws.
std::string error_elsewhere(const std::function<void()>& function) {
  std::string text;
  std::thread{[&] {
    try {
      function();
    } catch (const kj::Exception& e) {
      text = text_of(e);
    }
  }}.join();
  return text;
}

TEST_F(event_loop_test, a_promise_fulfilled_by_a_thread_that_runs_nothing_gets_an_error) {
  auto paf = kj::newPromiseAndFulfiller<void>();
  auto promise = paf.promise.eagerlyEvaluate(nullptr);
  EXPECT_NE(error_elsewhere([&] { paf.fulfiller->fulfill(); }).find("another thread"),
            std::string::npos);
}

TEST_F(event_loop_test, a_promise_fulfilled_by_a_thread_with_a_loop_of_its_own_gets_an_error) {
  auto paf = kj::newPromiseAndFulfiller<void>();
  auto promise = paf.promise.eagerlyEvaluate(nullptr);
  const auto error = error_elsewhere([&] {
    asio::io_context other_io;
    event_loop other{other_io};
    paf.fulfiller->fulfill();
  });
  EXPECT_NE(error.find("different thread"), std::string::npos) << error;
}

TEST_F(event_loop_test, another_thread_cannot_wait_with_the_scope_of_this_one) {
  auto promise = kj::Promise<void>{kj::READY_NOW};
  EXPECT_NE(error_elsewhere([&] { promise.wait(loop.wait_scope()); }), "");
}

TEST_F(event_loop_test, another_thread_that_begins_an_operation_for_a_promise_gets_an_error) {
  asio::steady_timer timer{io, std::chrono::hours{1}};
  const auto error = error_elsewhere([&] { (void)timer.async_wait(use_promise); });
  EXPECT_NE(error.find("has no event loop"), std::string::npos) << error;
}

TEST_F(event_loop_test, another_thread_resolves_a_promise_by_posting_a_function) {
  auto paf = kj::newPromiseAndFulfiller<std::thread::id>();
  std::thread other{
      [&] { asio::post(io, [&] { paf.fulfiller->fulfill(std::this_thread::get_id()); }); }};
  EXPECT_EQ(paf.promise.wait(loop.wait_scope()), std::this_thread::get_id());
  other.join();
}

TEST_F(event_loop_test, any_number_of_armed_events_are_one_handler) {
  int ran = 0;
  std::vector<kj::Promise<void>> promises;
  for (int i = 0; i < 100; ++i)
    promises.push_back(kj::evalLater([&] { ++ran; }).eagerlyEvaluate(nullptr));
  EXPECT_EQ(io.poll(), 1u);
  EXPECT_EQ(ran, 100);
}

TEST_F(event_loop_test, a_turn_that_comes_up_in_a_wait_does_not_run_events) {
  auto paf = kj::newPromiseAndFulfiller<void>();
  bool ran = false, ran_in_handlers = true;
  kj::Promise<void> promise = nullptr;
  asio::post(io, [&] {
    promise = kj::evalLater([&] { ran = true; }).eagerlyEvaluate(nullptr);
    // Behind the turn that this has posted.
    asio::post(io, [&] { ran_in_handlers = ran; });
  });
  EXPECT_FALSE(paf.promise.poll(loop.wait_scope()));
  EXPECT_FALSE(ran_in_handlers);
  EXPECT_TRUE(ran);
}

TEST_F(event_loop_test, a_handler_that_runs_the_io_context_itself_runs_the_events_it_has_armed) {
  bool ran = false;
  asio::post(io, [&] {
    auto promise = kj::evalLater([&] { ran = true; }).eagerlyEvaluate(nullptr);
    io.poll();
    EXPECT_TRUE(ran);
  });
  io.run();
}

using event_loop_death_test = event_loop_test;

TEST_F(event_loop_death_test, an_exception_from_a_handler_in_a_wait_ends_the_program) {
  auto paf = kj::newPromiseAndFulfiller<void>();
  asio::post(io, [] { throw std::runtime_error{"from a handler"}; });
  EXPECT_DEATH(paf.promise.wait(loop.wait_scope()), "from a handler");
}

TEST(event_loop_without_one, current_says_that_there_is_none) {
  EXPECT_THROW((void)event_loop::current(), kj::Exception);
}

TEST(event_loop_without_one, a_posted_turn_may_outlive_the_loop) {
  asio::io_context io;
  {
    event_loop loop{io};
    auto promise = kj::evalLater([] { FAIL(); });
  }
  io.run();
}

TEST(event_loop_without_one, detached_promises_are_cancelled_with_the_loop) {
  asio::io_context io;
  auto witness = std::make_shared<int>();
  {
    event_loop loop{io};
    loop.timer().afterDelay(1 * kj::HOURS).then([witness] {}).detach([](kj::Exception&&) {});
    io.poll();
    EXPECT_EQ(witness.use_count(), 2);
  }
  EXPECT_EQ(witness.use_count(), 1);
  io.run();
}

/// A loop in a thread of its own, run until the object is destroyed.
class loop_thread {
 public:
  explicit loop_thread(bool with_wait) {
    std::promise<kj::Own<const kj::Executor>> ready;
    auto executor = ready.get_future();
    thread_ = std::thread{[this, with_wait, ready = std::move(ready)]() mutable {
      asio::io_context io;
      event_loop loop{io};
      auto paf = kj::newPromiseAndFulfiller<void>();
      end_ = paf.fulfiller.get();
      ready.set_value(loop.executor().addRef());
      if (with_wait) {
        paf.promise.wait(loop.wait_scope());
      } else {
        auto work = asio::make_work_guard(io);
        auto ended = paf.promise.then([&] { work.reset(); }).eagerlyEvaluate(nullptr);
        io.run();
      }
    }};
    executor_ = executor.get();
  }
  ~loop_thread() {
    executor_->executeSync([this] { end_->fulfill(); });
    thread_.join();
  }

  [[nodiscard]] const kj::Executor& executor() const { return *executor_; }
  [[nodiscard]] std::thread::id id() const { return thread_.get_id(); }

 private:
  kj::PromiseFulfiller<void>* end_ = nullptr;
  kj::Own<const kj::Executor> executor_;
  std::thread thread_;
};

// Under ThreadSanitizer these would only show that libkj is not instrumented: it cannot see the
// locks in there. What is ours between threads is tested in event_port_tests.cpp.
#if defined(__SANITIZE_THREAD__)
constexpr bool sees_the_locks_of_kj = false;
#else
constexpr bool sees_the_locks_of_kj = true;
#endif

struct event_loop_threads : testing::TestWithParam<bool> {
  void SetUp() override {
    if (!sees_the_locks_of_kj) GTEST_SKIP();
  }
};

TEST_P(event_loop_threads, a_function_sent_to_a_sleeping_loop_runs_in_its_thread) {
  loop_thread other{GetParam()};
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(other.executor().executeSync([] { return std::this_thread::get_id(); }), other.id());
  }
}

TEST_P(event_loop_threads, a_promise_made_over_there_is_awaited_before_the_answer) {
  loop_thread other{GetParam()};
  const int got = other.executor().executeSync([] {
    return event_loop::current().timer().afterDelay(1 * kj::MILLISECONDS).then([] { return 9; });
  });
  EXPECT_EQ(got, 9);
}

TEST_P(event_loop_threads, two_loops_call_each_other_without_blocking) {
  loop_thread other{GetParam()};
  asio::io_context io;
  event_loop loop{io};
  int sum = 0;
  for (int i = 0; i < 100; ++i) {
    sum += other.executor().executeAsync([i] { return i; }).wait(loop.wait_scope());
  }
  EXPECT_EQ(sum, 4950);
}

TEST_P(event_loop_threads, many_threads_send_to_one_loop) {
  loop_thread other{GetParam()};
  int sum = 0;
  std::vector<std::thread> senders;
  for (int t = 0; t < 4; ++t) {
    senders.emplace_back([&] {
      for (int i = 0; i < 250; ++i)
        other.executor().executeSync([&] { ++sum; });
    });
  }
  for (auto& sender : senders)
    sender.join();
  EXPECT_EQ(other.executor().executeSync([&] { return sum; }), 1000);
}

INSTANTIATE_TEST_SUITE_P(driven_by, event_loop_threads, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "wait" : "io_run"; });

TEST(event_loop_without_one, a_cross_thread_fulfiller_wakes_a_wait) {
  if (!sees_the_locks_of_kj) GTEST_SKIP();
  asio::io_context io;
  event_loop loop{io};
  auto paf = kj::newPromiseAndCrossThreadFulfiller<int>();
  std::thread other{[&] { paf.fulfiller->fulfill(4); }};
  EXPECT_EQ(paf.promise.wait(loop.wait_scope()), 4);
  other.join();
}

TEST(event_loop_without_one, its_executor_says_disconnected_after_the_loop_is_gone) {
  kj::Own<const kj::Executor> executor;
  {
    asio::io_context io;
    event_loop loop{io};
    executor = loop.executor().addRef();
  }
  EXPECT_FALSE(executor->isLive());
  try {
    executor->executeSync([] {});
    FAIL();
  } catch (const kj::Exception& e) {
    EXPECT_EQ(e.getType(), kj::Exception::Type::DISCONNECTED);
  }
}

}  // namespace
}  // namespace v4v::rpc
