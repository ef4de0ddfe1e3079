// The event loop and the bridges without V4V: compiled with the headers of this library, Asio and
// KJ alone, and linked with nothing else.

#include <gtest/gtest.h>
#include <kj/debug.h>

#include <array>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <string>

#include "v4v/rpc/await.hpp"
#include "v4v/rpc/error.hpp"
#include "v4v/rpc/event_loop.hpp"
#include "v4v/rpc/promise_error.hpp"
#include "v4v/rpc/use_promise.hpp"

#if __has_include("v4v/stream.hpp") || __has_include("v4v/abi.h")
#error "the headers of V4V can be reached from here, so that this test would prove nothing"
#endif

namespace v4v::rpc {
namespace {

using asio::ip::tcp;

asio::awaitable<void> echo_once(tcp::acceptor& acceptor) {
  auto peer = co_await acceptor.async_accept(asio::use_awaitable);
  std::array<char, 5> bytes;
  co_await await(asio::async_read(peer, asio::buffer(bytes), use_promise));
  co_await asio::async_write(peer, asio::buffer(bytes), asio::use_awaitable);
}

TEST(alone, promises_and_coroutines_talk_over_tcp) {
  asio::io_context io;
  event_loop loop{io};
  tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
  auto served = asio::co_spawn(io, echo_once(acceptor), use_promise);

  tcp::socket socket{io};
  std::string answer(5, '\0');
  socket.async_connect(acceptor.local_endpoint(), use_promise)
      .then([&] { return asio::async_write(socket, asio::buffer("hello", 5), use_promise); })
      .then(
          [&](std::size_t) { return asio::async_read(socket, asio::buffer(answer), use_promise); })
      .wait(loop.wait_scope());
  EXPECT_EQ(answer, "hello");
  served.wait(loop.wait_scope());
}

TEST(alone, an_error_crosses_the_bridge) {
  asio::io_context io;
  event_loop loop{io};
  const auto fails = []() -> asio::awaitable<void> {
    co_await await(kj::Promise<void>{KJ_EXCEPTION(OVERLOADED, "busy")});
  };
  try {
    asio::co_spawn(io, fails(), use_promise).wait(loop.wait_scope());
    FAIL();
  } catch (const kj::Exception& e) {
    EXPECT_EQ(e.getType(), kj::Exception::Type::OVERLOADED);
  }
}

}  // namespace
}  // namespace v4v::rpc
