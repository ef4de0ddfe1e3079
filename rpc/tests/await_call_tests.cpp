// Calls between two domains, awaited in coroutines.

#include <gtest/gtest.h>

#include <asio/co_spawn.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "two_domains.hpp"
#include "v4v/rpc/await.hpp"
#include "v4v/rpc/use_promise.hpp"

namespace v4v::rpc::testing {
namespace {

using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;

struct an_awaited_call : two_domains {
  ~an_awaited_call() noexcept override = default;

  template <class T>
  T run(asio::awaitable<T> coroutine) {
    return asio::co_spawn(io, std::move(coroutine), use_promise).wait(loop.wait_scope());
  }

  serving_domain domain{hypervisor, 1, echo_for_all()};
  std::optional<client> to_service{std::in_place, loop, guest, service};
};

TEST_F(an_awaited_call, gives_the_response_itself) {
  const auto calls = [this]() -> asio::awaitable<std::string> {
    auto request = to_service->bootstrap<Echo>().sayRequest();
    request.setText("hello");
    auto response = co_await await(request.send());
    co_return response.getText().cStr();
  };
  EXPECT_EQ(run(calls()), "hello");
}

TEST_F(an_awaited_call, works_under_io_run) {
  std::string answer;
  const auto calls = [&, this]() -> asio::awaitable<void> {
    answer = (co_await await(say(to_service->bootstrap<Echo>(), "hello"))).cStr();
    to_service.reset();
  };
  asio::co_spawn(io, calls(), [](const std::exception_ptr& e) { EXPECT_FALSE(e); });
  io.run();
  EXPECT_EQ(answer, "hello");
}

TEST_F(an_awaited_call, throws_the_exception_of_the_service) {
  const auto calls = [this]() -> asio::awaitable<promise_errc> {
    auto request = to_service->bootstrap<Echo>().failRequest();
    request.setReason("too busy");
    try {
      co_await await(request.send());
    } catch (const promise_error& e) {
      EXPECT_NE(std::string{e.what()}.find("too busy"), std::string::npos) << e.what();
      co_return promise_errc_of(e.getType());
    }
    co_return promise_errc::failed;
  };
  EXPECT_EQ(run(calls()), promise_errc::overloaded);
}

TEST_F(an_awaited_call, is_cancelled_over_there_when_a_timer_is_faster) {
  const auto calls = [this]() -> asio::awaitable<std::size_t> {
    asio::steady_timer soon{io, 1ms};
    auto request = to_service->bootstrap<Echo>().neverRequest();
    const auto first =
        co_await (await(request.send().ignoreResult()) || soon.async_wait(asio::use_awaitable));
    co_return first.index();
  };
  EXPECT_EQ(run(calls()), 1u);
  until([this] { return counts.cancelled == 1; });
}

TEST_F(an_awaited_call, is_disconnected_when_its_client_is_destroyed) {
  const auto calls = [this]() -> asio::awaitable<void> {
    co_await await(to_service->bootstrap<Echo>().neverRequest().send());
  };
  auto called = asio::co_spawn(io, calls(), use_promise);
  EXPECT_FALSE(called.poll(loop.wait_scope()));
  to_service.reset();
  EXPECT_EQ(failure_of(kj::mv(called)).getType(), kj::Exception::Type::DISCONNECTED);
}

}  // namespace
}  // namespace v4v::rpc::testing
