#include "v4v/rpc/await.hpp"

#include <gtest/gtest.h>
#include <kj/debug.h>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/strand.hpp>
#include <asio/thread_pool.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <variant>

#include "v4v/rpc/use_promise.hpp"

namespace v4v::rpc {
namespace await_testing {

/// Has no default constructor and cannot be copied.
struct ticket {
  explicit ticket(int n) : number{n} {}
  ticket(ticket&&) = default;
  ticket& operator=(ticket&&) = default;
  int number;
};

}  // namespace await_testing
namespace {

using await_testing::ticket;
using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;

/// A promise that is never resolved, and says when it is dropped.
kj::Promise<void> never(bool& dropped) {
  return kj::Promise<void>{kj::NEVER_DONE}.attach(kj::defer([&dropped] { dropped = true; }));
}

struct await_test : testing::Test {
  template <class T>
  T run(asio::awaitable<T> coroutine) {
    return asio::co_spawn(io, std::move(coroutine), use_promise).wait(loop.wait_scope());
  }

  asio::io_context io;
  event_loop loop{io};
};

TEST_F(await_test, a_promise_for_nothing_is_awaited) {
  run([]() -> asio::awaitable<void> { co_await await(kj::Promise<void>{kj::READY_NOW}); }());
}

TEST_F(await_test, values_of_every_kind_come_out_as_they_went_in) {
  const auto all = []() -> asio::awaitable<void> {
    EXPECT_EQ(co_await await(kj::Promise<int>{7}), 7);
    auto no_default = co_await await(kj::Promise<ticket>{ticket{3}});
    EXPECT_EQ(no_default.number, 3);
    kj::Own<int> owned = co_await await(kj::Promise<kj::Own<int>>{kj::heap<int>(5)});
    EXPECT_EQ(*owned, 5);
    auto values = co_await await(kj::Promise<std::tuple<int, ticket>>{std::tuple{1, ticket{2}}});
    EXPECT_EQ(std::get<1>(values).number, 2);
    auto text = co_await await(kj::Promise<kj::String>{kj::str("text")});
    EXPECT_STREQ(text.cStr(), "text");
    kj::Maybe<kj::Own<int>> none =
        co_await await(kj::Promise<kj::Maybe<kj::Own<int>>>{kj::Maybe<kj::Own<int>>{nullptr}});
    EXPECT_TRUE(none == nullptr);
    auto pointer = co_await await(kj::Promise<std::unique_ptr<int>>{std::make_unique<int>(9)});
    EXPECT_EQ(*pointer, 9);
  };
  run(all());
}

TEST_F(await_test, works_under_io_run_alone) {
  int got = 0;
  const auto adds = [&]() -> asio::awaitable<void> {
    got = co_await await(loop.timer().afterDelay(1 * kj::MILLISECONDS).then([] { return 4; }));
  };
  asio::co_spawn(io, adds(), asio::detached);
  io.run();
  EXPECT_EQ(got, 4);
}

TEST_F(await_test, a_promise_that_is_ready_does_not_go_on_inside_of_what_began_it) {
  std::string order;
  const auto coroutine = [&]() -> asio::awaitable<void> {
    order += "begins ";
    co_await await(kj::Promise<void>{kj::READY_NOW});
    order += "goes on";
  };
  asio::post(io, [&] {
    asio::co_spawn(io, coroutine(), asio::detached);
    order += "returned ";
  });
  io.run();
  EXPECT_EQ(order, "begins returned goes on");
}

TEST_F(await_test, a_coroutine_may_wait_for_promises_when_it_goes_on) {
  int got = 0;
  const auto coroutine = [&]() -> asio::awaitable<void> {
    auto paf = kj::newPromiseAndFulfiller<void>();
    asio::post(io, [&] { paf.fulfiller->fulfill(); });
    co_await await(kj::mv(paf.promise));
    got = kj::evalLater([] { return 5; }).wait(loop.wait_scope());
  };
  asio::co_spawn(io, coroutine(), asio::detached);
  io.run();
  EXPECT_EQ(got, 5);
}

TEST_F(await_test, a_handler_may_wait_for_a_coroutine_that_awaits) {
  int got = 0;
  const auto coroutine = []() -> asio::awaitable<int> {
    const int one = co_await await(kj::evalLater([] { return 1; }));
    co_return one + co_await await(kj::evalLast([] { return 2; }));
  };
  asio::post(io, [&] { got = run(coroutine()); });
  io.run();
  EXPECT_EQ(got, 3);
}

TEST_F(await_test, a_coroutine_may_destroy_what_resolved_its_promise) {
  auto forked = std::make_unique<kj::ForkedPromise<void>>(kj::evalLater([] {}).fork());
  const auto coroutine = [&]() -> asio::awaitable<void> {
    co_await await(forked->addBranch());
    forked = nullptr;
  };
  run(coroutine());
  EXPECT_EQ(forked, nullptr);
}

TEST_F(await_test, a_rejected_promise_throws_what_is_a_system_error_and_a_kj_exception) {
  const auto awaits = [](kj::Exception e) -> asio::awaitable<void> {
    co_await await(kj::Promise<int>{kj::mv(e)});
  };
  const auto fails = [&](kj::Exception::Type kind) {
    return awaits(kj::Exception{kind, "file.cpp", 12, kj::str("no luck")});
  };
  const auto all = [&]() -> asio::awaitable<void> {
    int caught = 0;
    try {
      co_await fails(kj::Exception::Type::DISCONNECTED);
    } catch (const std::system_error& e) {
      ++caught;
      EXPECT_EQ(e.code(), promise_errc::disconnected);
      EXPECT_STREQ(e.what(), "no luck");
    }
    try {
      co_await fails(kj::Exception::Type::OVERLOADED);
    } catch (const kj::Exception& e) {
      ++caught;
      EXPECT_EQ(e.getType(), kj::Exception::Type::OVERLOADED);
      EXPECT_EQ(e.getLine(), 12);
    }
    EXPECT_EQ(caught, 2);
  };
  run(all());
}

TEST_F(await_test, cancelling_the_coroutine_drops_the_promise_at_once) {
  bool dropped = false;
  asio::cancellation_signal signal;
  std::exception_ptr end;
  const auto waits = [&]() -> asio::awaitable<void> { co_await await(never(dropped)); };
  asio::co_spawn(
      io, waits(),
      asio::bind_cancellation_slot(signal.slot(), [&](const std::exception_ptr& e) { end = e; }));
  io.poll();
  signal.emit(asio::cancellation_type::terminal);
  EXPECT_TRUE(dropped);
  io.run();
  try {
    std::rethrow_exception(end);
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), asio::error::operation_aborted);
  }
}

/// Runs a coroutine that lets `filter` through, cancels it with `type`, and says whether that
/// dropped the promise it awaits.
template <class Filter>
bool is_dropped_by(asio::io_context& io, Filter filter, asio::cancellation_type type) {
  bool dropped = false;
  asio::cancellation_signal signal;
  auto paf = kj::newPromiseAndFulfiller<void>();
  const auto waits = [&]() -> asio::awaitable<void> {
    co_await asio::this_coro::reset_cancellation_state(filter);
    co_await await(paf.promise.attach(kj::defer([&] { dropped = true; })));
  };
  asio::co_spawn(io, waits(),
                 asio::bind_cancellation_slot(signal.slot(), [](const std::exception_ptr&) {}));
  io.poll();
  signal.emit(type);
  const bool at_once = dropped;
  if (!at_once) paf.fulfiller->fulfill();
  io.run();
  io.restart();
  return at_once;
}

TEST_F(await_test, partial_cancellation_drops_the_promise_and_total_is_ignored) {
  using asio::cancellation_type;
  EXPECT_TRUE(is_dropped_by(io, asio::enable_total_cancellation(), cancellation_type::terminal));
  EXPECT_TRUE(is_dropped_by(io, asio::enable_total_cancellation(), cancellation_type::partial));
  EXPECT_FALSE(is_dropped_by(io, asio::enable_total_cancellation(), cancellation_type::total));
  EXPECT_FALSE(is_dropped_by(io, asio::disable_cancellation(), cancellation_type::all));
}

TEST_F(await_test, a_signal_after_the_promise_was_resolved_is_too_late) {
  asio::cancellation_signal signal;
  auto paf = kj::newPromiseAndFulfiller<int>();
  int got = 0;
  const auto waits = [&]() -> asio::awaitable<void> { got = co_await await(kj::mv(paf.promise)); };
  asio::co_spawn(io, waits(),
                 asio::bind_cancellation_slot(signal.slot(), [](const std::exception_ptr&) {}));
  io.poll();
  paf.fulfiller->fulfill(8);
  kj::evalLast([&] { signal.emit(asio::cancellation_type::terminal); }).wait(loop.wait_scope());
  EXPECT_EQ(got, 0);
  io.run();
  EXPECT_EQ(got, 8);
}

TEST_F(await_test, an_awaitable_that_nobody_awaits_drops_its_promise) {
  bool dropped = false;
  { auto unused = await(never(dropped)); }
  EXPECT_TRUE(dropped);
}

TEST_F(await_test, the_first_of_a_promise_and_a_timer_cancels_the_other) {
  bool dropped = false;
  const auto coroutine = [&]() -> asio::awaitable<void> {
    asio::steady_timer soon{io, 1ms}, late{io, 1h};
    const auto timed_out = co_await (await(never(dropped)) || soon.async_wait(asio::use_awaitable));
    EXPECT_EQ(timed_out.index(), 1u);
    EXPECT_TRUE(dropped);
    const auto in_time =
        co_await (await(kj::evalLater([] { return 6; })) || late.async_wait(asio::use_awaitable));
    EXPECT_EQ(std::get<0>(in_time), 6);
  };
  run(coroutine());
}

TEST_F(await_test, two_promises_are_awaited_side_by_side) {
  const auto coroutine = [&]() -> asio::awaitable<int> {
    auto first = kj::newPromiseAndFulfiller<int>();
    auto second = kj::evalLater([&] {
      first.fulfiller->fulfill(2);
      return 3;
    });
    const auto both = co_await (await(kj::mv(first.promise)) && await(kj::mv(second)));
    co_return std::get<0>(both) * std::get<1>(both);
  };
  EXPECT_EQ(run(coroutine()), 6);
}

TEST_F(await_test, a_coroutine_on_a_strand_or_with_an_executor_type_of_its_own_awaits) {
  using strand = asio::strand<asio::io_context::executor_type>;
  int got = 0;
  const auto typed = [&]() -> asio::awaitable<void, strand> {
    got += co_await await<strand>(kj::Promise<int>{1});
  };
  const auto untyped = [&]() -> asio::awaitable<void> {
    got += co_await await(kj::Promise<int>{2});
  };
  asio::co_spawn(strand{io.get_executor()}, typed(), asio::detached);
  asio::co_spawn(asio::make_strand(io), untyped(), asio::detached);
  io.run();
  EXPECT_EQ(got, 3);
}

TEST_F(await_test, a_pending_await_keeps_io_run_from_returning) {
  auto paf = kj::newPromiseAndFulfiller<void>();
  bool done = false;
  const auto waits = [&]() -> asio::awaitable<void> {
    co_await await(kj::mv(paf.promise));
    done = true;
  };
  asio::co_spawn(io, waits(), asio::detached);
  io.poll();
  EXPECT_FALSE(io.stopped());
  paf.fulfiller->fulfill();
  io.run();
  EXPECT_TRUE(done);
}

std::string error_of(asio::io_context& io, asio::awaitable<void> coroutine) {
  std::string description;
  asio::co_spawn(io, std::move(coroutine), [&](const std::exception_ptr& e) {
    if (e) description = to_exception(e).getDescription().cStr();
  });
  io.run();
  return description;
}

TEST_F(await_test, a_coroutine_on_another_io_context_is_refused) {
  asio::io_context other;
  const auto waits = []() -> asio::awaitable<void> {
    co_await await(kj::Promise<void>{kj::READY_NOW});
  };
  EXPECT_NE(error_of(other, waits()).find("another io_context"), std::string::npos);
}

TEST_F(await_test, a_coroutine_in_another_thread_is_refused) {
  asio::io_context other;
  std::optional<kj::Promise<void>> promise{kj::NEVER_DONE};
  const auto waits = [&]() -> asio::awaitable<void> { co_await await(kj::mv(*promise)); };
  std::string error;
  std::thread{[&] { error = error_of(other, waits()); }}.join();
  EXPECT_NE(error.find("has no event loop"), std::string::npos) << error;
}

/// Says at its end whether the coroutine got there by an exception or was destroyed.
struct ends {
  std::string& how;
  ~ends() {
    if (how.empty()) how = "destroyed";
  }
};

asio::awaitable<void> waits_for(kj::Promise<void> promise, std::string& how) {
  const ends end{how};
  try {
    co_await await(kj::mv(promise));
    how = "fulfilled";
  } catch (const std::system_error& e) {
    how = e.code() == asio::error::operation_aborted ? "aborted" : e.what();
  }
}

TEST(await_and_loop, a_coroutine_is_aborted_when_the_loop_was_destroyed_and_the_context_runs_on) {
  asio::io_context io;
  std::string how;
  bool dropped = false;
  {
    event_loop loop{io};
    asio::co_spawn(io, waits_for(never(dropped), how), asio::detached);
    io.poll();
  }
  EXPECT_TRUE(dropped);
  EXPECT_EQ(how, "");
  io.run();
  EXPECT_EQ(how, "aborted");
}

TEST(await_and_loop, a_coroutine_is_destroyed_with_the_context_when_that_does_not_run_again) {
  std::string how;
  bool dropped = false;
  {
    asio::io_context io;
    event_loop loop{io};
    asio::co_spawn(io, waits_for(never(dropped), how), asio::detached);
    io.poll();
  }
  EXPECT_EQ(how, "destroyed");
}

TEST(await_and_loop, a_value_on_its_way_to_a_coroutine_is_destroyed_with_the_loop) {
  asio::io_context io;
  auto value = std::make_shared<int>();
  const std::weak_ptr<int> alive = value;
  std::string error;
  const auto waits = [&]() -> asio::awaitable<void> {
    (void)co_await await(kj::Promise<std::shared_ptr<int>>{std::exchange(value, nullptr)});
  };
  {
    event_loop loop{io};
    asio::co_spawn(io, waits(), [&](const std::exception_ptr& e) {
      error = e ? to_exception(e).getDescription().cStr() : "no error";
    });
    io.poll_one();  // begins the coroutine
    io.poll_one();  // a turn of the loop: the promise is resolved
    EXPECT_EQ(value, nullptr);
    EXPECT_FALSE(alive.expired());
  }
  EXPECT_TRUE(alive.expired());
  io.restart();
  io.run();
  EXPECT_NE(error.find("aborted"), std::string::npos) << error;
}

TEST(await_and_loop, many_awaits_nested_in_each_other_end_with_the_loop) {
  asio::io_context io;
  std::array<std::string, 20> how;
  bool dropped = false;
  {
    event_loop loop{io};
    kj::Promise<void> promise = never(dropped);
    for (auto& one : how)
      promise = asio::co_spawn(io, waits_for(kj::mv(promise), one), use_promise);
    io.poll();
  }
  EXPECT_TRUE(dropped);
  io.run();
  for (auto& one : how)
    EXPECT_EQ(one, "aborted");
}

}  // namespace
}  // namespace v4v::rpc
