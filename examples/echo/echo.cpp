// An echo service on Asio's coroutines: domain 1 sends back what it hears, domain 2 sends each line
// of the standard input and prints what comes back.

#include <array>
#include <exception>
#include <iostream>
#include <string>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/io_context.hpp>
#include <asio/read_until.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <v4v/acceptor.hpp>
#include <v4v/embedded_link.hpp>
#include <v4v/guest.hpp>
#include <v4v/hv/embedded.hpp>
#include <v4v/stream.hpp>

namespace {

using asio::awaitable;
using asio::use_awaitable;

constexpr v4v::endpoint service{1, 5000};

awaitable<void> serve_one(v4v::stream peer) {
  std::array<char, 4096> bytes;
  for (;;) {
    const auto [error, n] = co_await peer.async_read_some(
        asio::buffer(bytes), asio::experimental::as_tuple(use_awaitable));
    if (error) co_return;  // end of file, or a peer that died
    co_await asio::async_write(peer, asio::buffer(bytes, n), use_awaitable);
  }
}

awaitable<void> serve(v4v::acceptor& acceptor) {
  for (;;) {
    v4v::stream peer = co_await acceptor.async_accept(use_awaitable);
    std::cerr << "domain " << peer.remote_endpoint().domain() << " has connected\n";
    asio::co_spawn(acceptor.get_executor(), serve_one(std::move(peer)), asio::detached);
  }
}

awaitable<void> call(v4v::guest& guest, v4v::acceptor& acceptor) {
  v4v::stream stream(guest);
  co_await stream.async_connect(service, use_awaitable);
  std::string back;
  for (std::string line; std::getline(std::cin, line);) {
    co_await asio::async_write(stream, asio::buffer(line + "\n"), use_awaitable);
    const auto n =
        co_await asio::async_read_until(stream, asio::dynamic_buffer(back), '\n', use_awaitable);
    std::cout << back.substr(0, n);
    back.erase(0, n);
  }
  acceptor.close();  // nothing waits any more, so run() returns
}

}  // namespace

int main() try {
  asio::io_context io;
  v4v::hv::embedded hypervisor;
  v4v::guest here(io, v4v::embedded_link(hypervisor, service.domain()));
  v4v::guest there(io, v4v::embedded_link(hypervisor, 2));

  v4v::acceptor acceptor(here, service.port());
  asio::co_spawn(io, serve(acceptor), asio::detached);
  asio::co_spawn(io, call(there, acceptor), [](const std::exception_ptr& e) {
    if (e) std::rethrow_exception(e);
  });
  io.run();
} catch (const std::exception& e) {
  std::cerr << "echo: " << e.what() << '\n';
  return 1;
}
