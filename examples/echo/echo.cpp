// An echo service on Asio's coroutines, and a client that sends each line of the standard input and
// prints what comes back: both in this program, or each in a domain of its own.

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <cstddef>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

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
#include <v4v/open_link.hpp>
#include <v4v/stream.hpp>

#include "pattern.hpp"
#include "roles/role.hpp"
#include "roles/until_signal.hpp"

namespace {

using asio::awaitable;
using asio::use_awaitable;
constexpr auto no_throw = asio::experimental::as_tuple(use_awaitable);

constexpr v4v::port_type port = 5000;

awaitable<void> serve_one(v4v::stream peer) {
  std::cerr << "domain " + std::to_string(peer.remote_endpoint().domain()) + " has connected\n";
  std::array<char, 4096> bytes;
  for (;;) {
    const auto [error, n] = co_await peer.async_read_some(asio::buffer(bytes), no_throw);
    if (error) co_return;  // end of file, or a peer that died
    co_await asio::async_write(peer, asio::buffer(bytes, n), use_awaitable);
  }
}

awaitable<void> serve(v4v::acceptor& acceptor) {
  for (;;) {
    auto [error, peer] = co_await acceptor.async_accept(no_throw);
    if (error == asio::error::operation_aborted) co_return;  // closed
    if (error) throw std::system_error(error, "accepting a connection");
    // Whatever ends a connection ends its own coroutine, and no other.
    asio::co_spawn(acceptor.get_executor(), serve_one(std::move(peer)), asio::detached);
  }
}

awaitable<void> send_lines(v4v::stream& stream) {
  std::string back;
  for (std::string line; std::getline(std::cin, line);) {
    line += '\n';
    co_await asio::async_write(stream, asio::buffer(line), use_awaitable);
    const auto n =
        co_await asio::async_read_until(stream, asio::dynamic_buffer(back), '\n', use_awaitable);
    std::cout << back.substr(0, n) << std::flush;
    back.erase(0, n);
  }
}

awaitable<void> send_bytes(v4v::stream& stream, std::size_t total) {
  const auto begin = std::chrono::steady_clock::now();
  co_await echo::exchange_pattern(stream, total);
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  std::cout << total << " bytes there and back in " << time.count()
            << " s: every byte is the same\n";
}

struct options {
  roles::role& role;
  std::size_t bytes = 0;  // if not 0, so many are sent, and no lines
};

awaitable<void> call(v4v::guest& guest, v4v::endpoint service, const options& o) {
  v4v::stream stream(guest);
  try {
    co_await stream.async_connect(service, use_awaitable);
    if (o.bytes == 0)
      co_await send_lines(stream);
    else
      co_await send_bytes(stream, o.bytes);
  } catch (const std::system_error& e) {
    throw std::runtime_error("domain " + std::to_string(service.domain()) + " port " +
                             std::to_string(service.port()) + ": " + e.code().message() +
                             o.role.how_to_start());
  }
}

// A coroutine's exception is one of io.run().
void rethrow(const std::exception_ptr& e) {
  if (e) std::rethrow_exception(e);
}

void be_service() {
  asio::io_context io;
  v4v::guest here(io, v4v::open_link());
  v4v::acceptor acceptor(here, port);
  asio::co_spawn(io, serve(acceptor), rethrow);
  roles::serve_until_signal(io, here.domain());
}

void be_client(const options& o) {
  asio::io_context io;
  v4v::guest here(io, v4v::open_link());
  asio::co_spawn(io, call(here, {o.role.domain(), port}, o), rethrow);
  io.run();
}

void be_both(const options& o) {
  asio::io_context io;
  v4v::hv::embedded hypervisor;
  v4v::guest here(io, v4v::embedded_link(hypervisor, 1));
  v4v::guest there(io, v4v::embedded_link(hypervisor, 2));

  v4v::acceptor acceptor(here, port);
  asio::co_spawn(io, serve(acceptor), rethrow);
  asio::co_spawn(io, call(there, {here.domain(), port}, o), [&](const std::exception_ptr& e) {
    rethrow(e);
    acceptor.close();  // nothing waits any more, so run() returns
  });
  io.run();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Sends each line of the standard input to an echo service in another domain, and prints "
      "what\n"
      "comes back. Without --serve and --connect both domains are in this program, which is their\n"
      "hypervisor, too.");
  roles::role role(app, "echo --serve");
  options o{role};
  app.add_option("--bytes", o.bytes, "Send so many bytes instead, and compare what comes back")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 40).description("").name(""))
      ->type_name("N")
      ->excludes(role.serve());
  CLI11_PARSE(app, argc, argv);

  try {
    if (role.serves())
      be_service();
    else if (role.connects())
      be_client(o);
    else
      be_both(o);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << std::string("echo: ") + e.what() + '\n';  // one write: both ends may be speaking
    return 1;
  }
}
