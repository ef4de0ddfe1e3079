#include "v4v/rpc/use_promise.hpp"

#include <gtest/gtest.h>
#include <kj/array.h>

#include <array>
#include <asio/awaitable.hpp>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/dispatch.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/local/connect_pair.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/post.hpp>
#include <asio/read.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

namespace v4v::rpc {
namespace {

using namespace std::chrono_literals;
using socket = asio::local::stream_protocol::socket;

template <class Signature, class... Values>
auto completing_with(asio::io_context& io, Values... values) {
  return asio::async_initiate<const use_promise_t<>, Signature>(
      [&io, values...](auto handler) mutable {
        asio::post(io, [handler = std::move(handler), values...]() mutable { handler(values...); });
      },
      use_promise);
}

struct use_promise_test : testing::Test {
  use_promise_test() { asio::local::connect_pair(near, far); }

  template <class T>
  kj::Exception failure_of(kj::Promise<T>&& promise) {
    try {
      promise.wait(loop.wait_scope());
    } catch (const kj::Exception& e) {
      return kj::Exception{e};
    }
    return KJ_EXCEPTION(UNIMPLEMENTED, "did not fail");
  }

  asio::io_context io;
  event_loop loop{io};
  socket near{io}, far{io};
};

TEST_F(use_promise_test, a_timer_gives_a_promise_for_nothing) {
  asio::steady_timer timer{io, 1ms};
  kj::Promise<void> promise = timer.async_wait(use_promise);
  promise.wait(loop.wait_scope());
}

TEST_F(use_promise_test, a_read_gives_a_promise_for_the_number_of_bytes) {
  std::array<char, 16> buffer;
  kj::Promise<std::size_t> promise = near.async_read_some(asio::buffer(buffer), use_promise);
  asio::write(far, asio::buffer("hello", 5));
  EXPECT_EQ(promise.wait(loop.wait_scope()), 5u);
}

TEST_F(use_promise_test, composed_operations_work_under_io_run) {
  std::string in(100'000, '\0');
  const std::string out(100'000, 'x');
  std::size_t read = 0;
  auto reading = asio::async_read(near, asio::buffer(in), use_promise)
                     .then([&](std::size_t n) { read = n; })
                     .eagerlyEvaluate(nullptr);
  auto writing = asio::async_write(far, asio::buffer(out), use_promise)
                     .ignoreResult()
                     .eagerlyEvaluate(nullptr);
  io.run();
  EXPECT_EQ(read, in.size());
  EXPECT_EQ(in, out);
}

TEST_F(use_promise_test, every_kind_of_signature_gives_its_kind_of_promise) {
  kj::Promise<void> none = completing_with<void()>(io);
  kj::Promise<void> error = completing_with<void(std::error_code)>(io, std::error_code{});
  kj::Promise<int> value = completing_with<void(int)>(io, 1);
  kj::Promise<int> error_value =
      completing_with<void(std::error_code, int)>(io, std::error_code{}, 2);
  kj::Promise<std::tuple<int, std::string>> values =
      completing_with<void(int, std::string)>(io, 3, std::string{"three"});
  kj::Promise<std::tuple<int, char>> error_values =
      completing_with<void(std::error_code, int, char)>(io, std::error_code{}, 4, '4');
  kj::Promise<int> thrown_value =
      completing_with<void(std::exception_ptr, int)>(io, std::exception_ptr{}, 5);

  none.wait(loop.wait_scope());
  error.wait(loop.wait_scope());
  EXPECT_EQ(value.wait(loop.wait_scope()), 1);
  EXPECT_EQ(error_value.wait(loop.wait_scope()), 2);
  const auto [three, text] = values.wait(loop.wait_scope());
  EXPECT_EQ(three, 3);
  EXPECT_EQ(text, "three");
  const auto [four, letter] = error_values.wait(loop.wait_scope());
  EXPECT_EQ(four, 4);
  EXPECT_EQ(letter, '4');
  EXPECT_EQ(thrown_value.wait(loop.wait_scope()), 5);
}

TEST_F(use_promise_test, an_error_first_rejects_the_promise_whatever_values_follow) {
  const std::error_code reset = asio::error::connection_reset;
  const auto odd = std::make_exception_ptr(std::runtime_error{"odd"});
  const auto busy = std::make_exception_ptr(KJ_EXCEPTION(OVERLOADED, "busy"));
  using type = kj::Exception::Type;
  EXPECT_EQ(failure_of(completing_with<void(std::error_code)>(io, reset)).getType(),
            type::DISCONNECTED);
  EXPECT_EQ(failure_of(completing_with<void(std::error_code, int)>(io, reset, 0)).getType(),
            type::DISCONNECTED);
  EXPECT_EQ(failure_of(completing_with<void(std::error_code, int, int)>(io, reset, 0, 0)).getType(),
            type::DISCONNECTED);
  EXPECT_EQ(failure_of(completing_with<void(std::exception_ptr)>(io, odd)).getType(), type::FAILED);
  EXPECT_EQ(failure_of(completing_with<void(std::exception_ptr, int)>(io, busy, 0)).getType(),
            type::OVERLOADED);
}

TEST_F(use_promise_test, values_that_can_only_be_moved_are_moved) {
  auto promise =
      asio::async_initiate<const use_promise_t<>, void(std::error_code, std::unique_ptr<int>)>(
          [this](auto handler) {
            asio::post(io, [handler = std::move(handler)]() mutable {
              handler(std::error_code{}, std::make_unique<int>(6));
            });
          },
          use_promise);
  EXPECT_EQ(*promise.wait(loop.wait_scope()), 6);
}

TEST_F(use_promise_test, a_coroutine_gives_a_promise_for_what_it_returns_or_throws) {
  const auto answer = []() -> asio::awaitable<int> { co_return 42; };
  const auto fails = []() -> asio::awaitable<int> {
    throw std::runtime_error{"in a coroutine"};
    co_return 0;
  };
  EXPECT_EQ(asio::co_spawn(io, answer(), use_promise).wait(loop.wait_scope()), 42);
  EXPECT_STREQ(failure_of(asio::co_spawn(io, fails(), use_promise)).getDescription().cStr(),
               "in a coroutine");
}

TEST_F(use_promise_test, an_operation_may_be_done_before_it_has_begun_in_a_continuation) {
  bool done = false;
  asio::post(io, [&] {
    // In a handler, so that dispatch() calls its own at once, and in the midst of a turn of KJ's.
    auto dispatched = kj::evalLater([&] { return asio::dispatch(io.get_executor(), use_promise); });
    dispatched.wait(loop.wait_scope());
    done = true;
  });
  io.run();
  EXPECT_TRUE(done);
}

TEST_F(use_promise_test, end_of_file_is_disconnected) {
  far.close();
  std::array<char, 16> buffer;
  const auto e = failure_of(near.async_read_some(asio::buffer(buffer), use_promise));
  EXPECT_EQ(e.getType(), kj::Exception::Type::DISCONNECTED);
  EXPECT_STREQ(e.getDescription().cStr(), "End of file (asio.misc 2)");
}

TEST_F(use_promise_test, the_promise_of_a_closed_socket_fails) {
  std::array<char, 16> buffer;
  auto promise = near.async_read_some(asio::buffer(buffer), use_promise);
  near.close();
  const auto e = failure_of(kj::mv(promise));
  EXPECT_EQ(e.getType(), kj::Exception::Type::FAILED);
  EXPECT_STREQ(e.getDescription().cStr(), "Operation aborted. (asio.system 125)");
}

TEST_F(use_promise_test, dropping_the_promise_cancels_the_operation_and_nothing_else) {
  asio::steady_timer timer{io, 1h};
  bool other_ran = false;
  timer.async_wait([&](std::error_code error) { other_ran = !error; });
  auto promise = timer.async_wait(use_promise);
  promise = nullptr;
  io.poll();
  EXPECT_FALSE(other_ran);
  EXPECT_EQ(timer.cancel(), 1u) << "the other wait is still there";
  io.run_for(30s);
  EXPECT_TRUE(io.stopped());
}

TEST_F(use_promise_test, bytes_that_come_after_the_promise_was_dropped_are_left_to_the_next_read) {
  std::array<char, 16> buffer;
  auto promise = near.async_read_some(asio::buffer(buffer), use_promise);
  promise = nullptr;
  asio::write(far, asio::buffer("hello", 5));
  EXPECT_EQ(near.async_read_some(asio::buffer(buffer), use_promise).wait(loop.wait_scope()), 5u);
}

TEST_F(use_promise_test, an_attached_buffer_lives_until_the_handler_has_run) {
  auto buffer = std::make_shared<std::array<char, 4096>>();
  const std::weak_ptr<void> alive = buffer;
  const auto where = asio::buffer(*buffer);
  auto promise = near.async_read_some(where, use_promise.attach(std::move(buffer)));
  promise = nullptr;
  EXPECT_FALSE(alive.expired()) << "the operation may still use it";
  io.run();
  EXPECT_TRUE(alive.expired());
}

TEST_F(use_promise_test, kj_memory_can_be_attached_and_several_things_at_once) {
  auto first = kj::heapArray<kj::byte>(4);
  auto second = std::make_unique<char[]>(4);
  const std::array<asio::mutable_buffer, 2> where{asio::buffer(first.begin(), first.size()),
                                                  asio::buffer(second.get(), 4)};
  auto promise = near.async_read_some(where, use_promise.attach(kj::mv(first), std::move(second)));
  asio::write(far, asio::buffer("12345678", 8));
  EXPECT_EQ(promise.wait(loop.wait_scope()), 8u);
}

TEST_F(use_promise_test, an_operation_that_drops_its_handler_rejects_the_promise) {
  auto promise = asio::async_initiate<const use_promise_t<>, void()>(
      [](auto handler) { (void)handler; }, use_promise);
  EXPECT_STREQ(failure_of(kj::mv(promise)).getDescription().cStr(), "the operation was abandoned");
}

TEST_F(use_promise_test, the_result_of_another_io_context_arrives_in_the_thread_of_the_loop) {
  asio::io_context other;
  auto work = asio::make_work_guard(other);
  std::thread thread{[&] { other.run(); }};
  asio::steady_timer timer{other, 1ms};
  std::thread::id ran_in;
  timer.async_wait(use_promise)
      .then([&] { ran_in = std::this_thread::get_id(); })
      .wait(loop.wait_scope());
  EXPECT_EQ(ran_in, std::this_thread::get_id());
  work.reset();
  thread.join();
}

TEST(use_promise_alone, pending_operations_may_outlive_the_loop) {
  asio::io_context io;
  asio::steady_timer timer{io, 1h};
  auto attached = std::make_shared<int>();
  const std::weak_ptr<int> alive = attached;
  {
    event_loop loop{io};
    auto promise = timer.async_wait(use_promise.attach(std::move(attached)));
  }
  EXPECT_FALSE(alive.expired());
  io.run();
  EXPECT_TRUE(alive.expired());
}

TEST(use_promise_alone, pending_operations_are_destroyed_with_the_io_context) {
  auto attached = std::make_shared<int>();
  const std::weak_ptr<int> alive = attached;
  {
    asio::io_context io;
    asio::steady_timer timer{io, 1h};
    event_loop loop{io};
    auto promise = timer.async_wait(use_promise.attach(std::move(attached)));
  }
  EXPECT_TRUE(alive.expired());
}

TEST(use_promise_alone, needs_an_event_loop_in_the_thread) {
  asio::io_context io;
  asio::steady_timer timer{io, 1h};
  EXPECT_THROW((void)timer.async_wait(use_promise), kj::Exception);
}

}  // namespace
}  // namespace v4v::rpc
