// Streams, with the coroutines that a user would write.

#include <array>
#include <cstddef>
#include <exception>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/read.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include <v4v/acceptor.hpp>
#include <v4v/stream.hpp>

#include "two_guests.hpp"
#include "workloads.hpp"

namespace v4v::bench {
namespace {

constexpr std::size_t long_write = 64 * 1024;

using message = std::array<char, 64>;

asio::awaitable<void> echo(acceptor& a, int rounds) {
  stream peer = co_await a.async_accept(asio::use_awaitable);
  message m;
  for (int i = 0; i < rounds; ++i) {
    co_await asio::async_read(peer, asio::buffer(m), asio::use_awaitable);
    co_await asio::async_write(peer, asio::buffer(m), asio::use_awaitable);
  }
}

asio::awaitable<void> be_echoed(guest& g, int rounds) {
  stream peer{g};
  co_await peer.async_connect(two_guests::service, asio::use_awaitable);
  message m{};
  for (int i = 0; i < rounds; ++i) {
    co_await asio::async_write(peer, asio::buffer(m), asio::use_awaitable);
    co_await asio::async_read(peer, asio::buffer(m), asio::use_awaitable);
  }
}

// With a byte at the end, for which the other waits: a stream that closes takes with it what its
// peer has not read.
asio::awaitable<void> read_all(acceptor& a, int rounds) {
  stream peer = co_await a.async_accept(asio::use_awaitable);
  std::vector<char> bytes(long_write);
  for (int i = 0; i < rounds; ++i)
    co_await asio::async_read(peer, asio::buffer(bytes), asio::use_awaitable);
  co_await asio::async_write(peer, asio::buffer(bytes, 1), asio::use_awaitable);
}

asio::awaitable<void> write_all(guest& g, int rounds) {
  stream peer{g};
  co_await peer.async_connect(two_guests::service, asio::use_awaitable);
  std::vector<char> bytes(long_write);
  for (int i = 0; i < rounds; ++i)
    co_await asio::async_write(peer, asio::buffer(bytes), asio::use_awaitable);
  co_await asio::async_read(peer, asio::buffer(bytes, 1), asio::use_awaitable);
}

void fail(const std::exception_ptr& e) {
  if (e) std::rethrow_exception(e);
}

template <class Service, class Client>
void run(const busy_poll& mode, int rounds, Service serve, Client use) {
  two_guests both{mode};
  acceptor a{both.here, two_guests::service.port()};
  asio::co_spawn(both.io, serve(a, to_be_warm + rounds), fail);
  asio::co_spawn(both.io, use(both.there, to_be_warm + rounds), fail);
  both.io.run();
}

}  // namespace

void echo_over_stream(int rounds) { run(sleeping, rounds, echo, be_echoed); }

void echo_over_polling_stream(int rounds) { run(polling, rounds, echo, be_echoed); }

void write_to_stream(int rounds) { run(sleeping, rounds, read_all, write_all); }

}  // namespace v4v::bench
