// Promises and coroutines nested in each other, on every kind of I/O object.

#include <gtest/gtest.h>
#include <kj/debug.h>

#include <array>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/connect.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/connect_pair.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/read.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <csignal>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "v4v/acceptor.hpp"
#include "v4v/embedded_link.hpp"
#include "v4v/guest.hpp"
#include "v4v/hv/embedded.hpp"
#include "v4v/rpc/await.hpp"
#include "v4v/rpc/use_promise.hpp"
#include "v4v/stream.hpp"

namespace v4v::rpc {
namespace {

using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;

struct tcp_pair {
  explicit tcp_pair(asio::io_context& io) : near{io}, far{io} {
    asio::ip::tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
    near.connect(acceptor.local_endpoint());
    acceptor.accept(far);
  }
  asio::ip::tcp::socket near, far;
};

struct unix_pair {
  explicit unix_pair(asio::io_context& io) : near{io}, far{io} {
    asio::local::connect_pair(near, far);
  }
  asio::local::stream_protocol::socket near, far;
};

struct v4v_pair {
  explicit v4v_pair(asio::io_context& io)
      : here{io, v4v::embedded_link(hypervisor, 1)},
        there{io, v4v::embedded_link(hypervisor, 2)},
        near{there},
        far{here} {
    v4v::acceptor acceptor{here, 5000};
    auto accepted = acceptor.async_accept(use_promise);
    near.async_connect({1, 5000}, use_promise).wait(event_loop::current().wait_scope());
    far = accepted.wait(event_loop::current().wait_scope());
  }
  hv::embedded hypervisor;
  v4v::guest here, there;
  v4v::stream near, far;
};

template <class Pair>
struct bridge : testing::Test {
  using socket = decltype(Pair::near);

  template <class T>
  kj::Promise<T> promise_of(asio::awaitable<T> coroutine) {
    return asio::co_spawn(io, std::move(coroutine), use_promise);
  }

  /// Reads by a promise that a coroutine awaits, `depth` times over.
  asio::awaitable<std::string> read_through(int depth) {
    if (depth > 0) co_return co_await await(promise_of(read_through(depth - 1)));
    auto memory = std::make_shared<std::array<char, 64>>();
    alive = memory;
    const auto where = asio::buffer(*memory);
    const auto n = co_await await(pair->near.async_read_some(where, use_promise.attach(memory)));
    co_return std::string{memory->data(), n};
  }

  void write(const std::string& text) {
    asio::async_write(pair->far, asio::buffer(text), use_promise).wait(loop.wait_scope());
  }

  asio::io_context io;
  event_loop loop{io};
  std::unique_ptr<Pair> pair = std::make_unique<Pair>(io);
  std::weak_ptr<void> alive;
};

struct pair_names {
  template <class Pair>
  static std::string GetName(int) {
    if (std::is_same_v<Pair, tcp_pair>) return "tcp";
    return std::is_same_v<Pair, unix_pair> ? "unix" : "v4v";
  }
};

using pairs = testing::Types<tcp_pair, unix_pair, v4v_pair>;
TYPED_TEST_SUITE(bridge, pairs, pair_names);

TYPED_TEST(bridge, a_value_comes_through_ten_levels_under_wait) {
  auto promise = this->promise_of(this->read_through(10));
  this->write("hello");
  EXPECT_EQ(promise.wait(this->loop.wait_scope()), "hello");
}

TYPED_TEST(bridge, a_value_comes_through_ten_levels_under_io_run) {
  std::string got;
  auto promise = this->promise_of(this->read_through(10))
                     .then([&](std::string text) { got = text; })
                     .eagerlyEvaluate(nullptr);
  auto written = asio::async_write(this->pair->far, asio::buffer("hello", 5), use_promise);
  this->io.run();
  EXPECT_EQ(got, "hello");
}

TYPED_TEST(bridge, end_of_file_comes_through_ten_levels_once_described) {
  auto promise = this->promise_of(this->read_through(10));
  this->pair->far.close();
  try {
    promise.wait(this->loop.wait_scope());
    FAIL();
  } catch (const kj::Exception& e) {
    EXPECT_EQ(e.getType(), kj::Exception::Type::DISCONNECTED);
    EXPECT_STREQ(e.getDescription().cStr(), "End of file (asio.misc 2)");
  }
}

TYPED_TEST(bridge, dropping_the_outermost_of_ten_promises_cancels_the_read) {
  auto promise = this->promise_of(this->read_through(10));
  this->io.poll();
  ASSERT_FALSE(this->alive.expired());
  promise = nullptr;
  this->io.restart();
  this->io.run();
  EXPECT_TRUE(this->alive.expired());
}

TYPED_TEST(bridge, what_comes_after_the_drop_is_left_to_the_next_read) {
  auto promise = this->promise_of(this->read_through(3));
  this->io.poll();
  promise = nullptr;
  this->write("hello");
  EXPECT_EQ(this->promise_of(this->read_through(0)).wait(this->loop.wait_scope()), "hello");
}

TYPED_TEST(bridge, a_buffer_lives_until_the_cancelled_read_has_let_go_of_it) {
  auto promise = this->promise_of(this->read_through(0));
  this->io.poll();
  promise = nullptr;
  EXPECT_FALSE(this->alive.expired());
  this->io.restart();
  this->io.run();
  EXPECT_TRUE(this->alive.expired());
}

TYPED_TEST(bridge, a_read_that_takes_too_long_gives_way_to_a_timer) {
  const auto coroutine = [this]() -> asio::awaitable<std::size_t> {
    asio::steady_timer soon{this->io, 1ms};
    std::array<char, 8> memory;
    const auto first =
        co_await (await(this->pair->near.async_read_some(asio::buffer(memory), use_promise)) ||
                  soon.async_wait(asio::use_awaitable));
    co_return first.index();
  };
  EXPECT_EQ(this->promise_of(coroutine()).wait(this->loop.wait_scope()), 1u);
}

TYPED_TEST(bridge, a_read_in_time_cancels_the_timer) {
  const auto coroutine = [this]() -> asio::awaitable<std::size_t> {
    asio::steady_timer late{this->io, 1h};
    std::array<char, 8> memory;
    const auto first =
        co_await (await(this->pair->near.async_read_some(asio::buffer(memory), use_promise)) ||
                  late.async_wait(asio::use_awaitable));
    co_return std::get<0>(first);
  };
  auto promise = this->promise_of(coroutine());
  this->write("four");
  EXPECT_EQ(promise.wait(this->loop.wait_scope()), 4u);
}

TYPED_TEST(bridge, a_socket_closed_under_a_read_fails_it_for_those_who_did_not_cancel) {
  auto promise = this->promise_of(this->read_through(3));
  this->io.poll();
  this->pair->near.close();
  try {
    promise.wait(this->loop.wait_scope());
    FAIL();
  } catch (const kj::Exception& e) {
    EXPECT_EQ(e.getType(), kj::Exception::Type::FAILED);
    EXPECT_STREQ(e.getDescription().cStr(), "Operation aborted. (asio.system 125)");
  }
}

TYPED_TEST(bridge, bytes_go_both_ways_between_a_coroutine_and_promises) {
  const auto echoes = [this]() -> asio::awaitable<void> {
    std::array<char, 4> memory;
    for (int i = 0; i < 50; ++i) {
      co_await asio::async_read(this->pair->far, asio::buffer(memory), asio::use_awaitable);
      co_await await(asio::async_write(this->pair->far, asio::buffer(memory), use_promise));
    }
  };
  auto echoing = this->promise_of(echoes());
  std::array<char, 4> memory{'p', 'i', 'n', 'g'};
  for (int i = 0; i < 50; ++i) {
    asio::async_write(this->pair->near, asio::buffer(memory), use_promise)
        .wait(this->loop.wait_scope());
    memory = {};
    asio::async_read(this->pair->near, asio::buffer(memory), use_promise)
        .wait(this->loop.wait_scope());
    EXPECT_EQ(std::string(memory.data(), 4), "ping");
  }
  echoing.wait(this->loop.wait_scope());
}

TYPED_TEST(bridge, everything_may_be_destroyed_with_a_read_pending_ten_levels_down) {
  auto promise = this->promise_of(this->read_through(10));
  this->io.poll();
  asio::co_spawn(this->io, this->read_through(10), asio::detached);
  this->io.poll();
}

struct bridge_on_other_objects : testing::Test {
  template <class T>
  T run(asio::awaitable<T> coroutine) {
    return asio::co_spawn(io, std::move(coroutine), use_promise).wait(loop.wait_scope());
  }
  asio::io_context io;
  event_loop loop{io};
};

TEST_F(bridge_on_other_objects, a_timer_is_awaited_as_a_promise) {
  asio::steady_timer timer{io, 1ms};
  const auto waits = [&]() -> asio::awaitable<void> {
    co_await await(timer.async_wait(use_promise));
  };
  run(waits());
}

TEST_F(bridge_on_other_objects, a_name_is_resolved_as_a_promise) {
  asio::ip::tcp::resolver resolver{io};
  const auto resolves = [&]() -> asio::awaitable<std::string> {
    auto found = co_await await(resolver.async_resolve(
        "127.0.0.1", "80", asio::ip::resolver_base::numeric_host, use_promise));
    co_return found->endpoint().address().to_string();
  };
  EXPECT_EQ(run(resolves()), "127.0.0.1");
}

TEST_F(bridge_on_other_objects, a_signal_is_awaited_as_a_promise) {
  asio::signal_set signals{io, SIGUSR2};
  const auto waits = [&]() -> asio::awaitable<int> {
    auto promise = signals.async_wait(use_promise);
    std::raise(SIGUSR2);
    co_return co_await await(kj::mv(promise));
  };
  EXPECT_EQ(run(waits()), SIGUSR2);
}

asio::awaitable<int> thrown_through(asio::io_context& io, int depth) {
  if (depth == 0) throw std::runtime_error{"at the bottom"};
  co_return co_await await(asio::co_spawn(io, thrown_through(io, depth - 1), use_promise));
}

TEST_F(bridge_on_other_objects, an_exception_comes_through_ten_levels_with_its_text_unchanged) {
  try {
    run(thrown_through(io, 10));
    FAIL();
  } catch (const kj::Exception& e) {
    EXPECT_STREQ(e.getDescription().cStr(), "at the bottom");
  }
}

asio::awaitable<int> passed_through(asio::io_context& io, kj::Exception e, int depth) {
  if (depth == 0) co_return co_await await(kj::Promise<int>{kj::mv(e)});
  co_return co_await await(
      asio::co_spawn(io, passed_through(io, kj::mv(e), depth - 1), use_promise));
}

TEST_F(bridge_on_other_objects, a_kj_exception_comes_through_ten_levels_with_file_and_line) {
  kj::Exception before{kj::Exception::Type::UNIMPLEMENTED, "deep.cpp", 77, kj::str("not here")};
  try {
    run(passed_through(io, kj::mv(before), 10));
    FAIL();
  } catch (const kj::Exception& e) {
    EXPECT_EQ(e.getType(), kj::Exception::Type::UNIMPLEMENTED);
    EXPECT_STREQ(e.getDescription().cStr(), "not here");
    EXPECT_STREQ(e.getFile(), "deep.cpp");
    EXPECT_EQ(e.getLine(), 77);
  }
}

TEST_F(bridge_on_other_objects, a_c_plus_plus_exception_from_a_continuation_is_known_by_its_text) {
  const auto fails = []() -> asio::awaitable<void> {
    co_await await(kj::evalLater([] { throw std::runtime_error{"odd"}; }));
  };
  const auto catches = [&]() -> asio::awaitable<std::string> {
    try {
      co_await fails();
    } catch (const promise_error& e) {
      EXPECT_EQ(e.code(), promise_errc::failed);
      co_return e.what();
    }
    co_return "";
  };
  EXPECT_NE(run(catches()).find("odd"), std::string::npos);
}

}  // namespace
}  // namespace v4v::rpc
