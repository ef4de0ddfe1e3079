#pragma once

#include <exception>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <asio/awaitable.hpp>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/io_context.hpp>
#include <asio/read.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include "v4v/acceptor.hpp"
#include "v4v/embedded_link.hpp"
#include "v4v/guest.hpp"
#include "v4v/hv/embedded.hpp"
#include "v4v/stream.hpp"

namespace v4v::test {

using asio::awaitable;
using asio::use_awaitable;

/// For operations that are expected to fail: the error is part of the result.
inline constexpr auto no_throw = asio::experimental::as_tuple(asio::use_awaitable);

/// A hypervisor with a server in domain 1 and a client in domain 2, served by one io_context.
class two_domains : public testing::Test {
 public:
  asio::io_context io;
  hv::embedded hypervisor;
  guest server{io, embedded_link(hypervisor, 1)};
  guest client{io, embedded_link(hypervisor, 2)};
  static constexpr endpoint service{1, 5000};

  /// Starts a coroutine; what it throws comes out of run().
  template <class Coroutine>
  void spawn(Coroutine coroutine) {
    asio::co_spawn(io, std::move(coroutine), [](std::exception_ptr e) {
      if (e) std::rethrow_exception(e);
    });
  }

  /// A connected pair: the server's end, the client's end.
  std::pair<stream, stream> connected(stream_options c = {}, acceptor_options a = {}) {
    acceptor listening(server, service.port(), a);
    stream near(server), far(client, c);
    listening.async_accept([&](std::error_code ec, stream s) {
      EXPECT_FALSE(ec) << ec.message();
      near = std::move(s);
    });
    far.async_connect(service, [](std::error_code ec) { EXPECT_FALSE(ec) << ec.message(); });
    io.restart();
    io.run();
    io.restart();
    return {std::move(near), std::move(far)};
  }
};

/// Bytes that differ from position to position, with a period that no power of two divides.
inline std::string pattern(std::size_t n, unsigned seed = 0) {
  std::string s(n, '\0');
  for (std::size_t i = 0; i < n; ++i)
    s[i] = static_cast<char>((i + seed) * 31 % 251);
  return s;
}

/// What an operation ended with, for callbacks.
struct outcome {
  bool called = false;
  std::error_code error;
  std::size_t bytes = 0;

  auto handler() {
    return [this](std::error_code ec, std::size_t n = 0) {
      EXPECT_FALSE(called) << "a handler was called twice";
      called = true;
      error = ec;
      bytes = n;
    };
  }
};

}  // namespace v4v::test
