// Datagrams, with the coroutines that a user would write.

#include <array>
#include <exception>

#include <asio/awaitable.hpp>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/use_awaitable.hpp>

#include <v4v/datagram_socket.hpp>

#include "two_guests.hpp"
#include "workloads.hpp"

namespace v4v::bench {
namespace {

using message = std::array<char, 64>;

asio::awaitable<void> answer(datagram_socket& socket, int rounds) {
  message m;
  endpoint source;
  for (int i = 0; i < rounds; ++i) {
    co_await socket.async_receive_from(asio::buffer(m), source, asio::use_awaitable);
    co_await socket.async_send_to(asio::buffer(m), source, asio::use_awaitable);
  }
}

asio::awaitable<void> ask(datagram_socket& socket, int rounds) {
  message m{};
  endpoint source;
  for (int i = 0; i < rounds; ++i) {
    co_await socket.async_send_to(asio::buffer(m), two_guests::service, asio::use_awaitable);
    co_await socket.async_receive_from(asio::buffer(m), source, asio::use_awaitable);
  }
}

}  // namespace

void send_datagrams(int rounds) {
  two_guests both{sleeping};
  datagram_socket here{both.here, two_guests::service.port()};
  datagram_socket there{both.there};
  const auto fail = [](const std::exception_ptr& e) {
    if (e) std::rethrow_exception(e);
  };
  asio::co_spawn(both.io, answer(here, to_be_warm + rounds), fail);
  asio::co_spawn(both.io, ask(there, to_be_warm + rounds), fail);
  both.io.run();
}

}  // namespace v4v::bench
