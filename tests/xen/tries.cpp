// What guests of a booted Xen try with each other, beyond what the examples do.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <asio/awaitable.hpp>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/io_context.hpp>
#include <asio/read.hpp>
#include <asio/signal_set.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <utility>
#include <v4v/acceptor.hpp>
#include <v4v/datagram_socket.hpp>
#include <v4v/guest.hpp>
#include <v4v/open_link.hpp>
#include <v4v/stream.hpp>
#include <vector>

namespace {

using asio::awaitable;
using asio::use_awaitable;
using namespace asio::experimental::awaitable_operators;
using bytes = std::vector<std::uint8_t>;

constexpr v4v::port_type echo_port = 7000;
constexpr v4v::port_type datagram_port = 7001;
constexpr v4v::port_type both_ways_port = 7002;
constexpr std::size_t both_ways_size = 1 << 20;

// What no two places of have the same neighbours for long.
bytes pattern(std::size_t size, std::uint32_t seed) {
  bytes all(size);
  std::uint32_t x = seed * 2654435761u + 1;
  for (auto& b : all) {
    x = x * 1664525u + 1013904223u;
    b = static_cast<std::uint8_t>(x >> 24);
  }
  return all;
}

void must_equal(const bytes& got, const bytes& expected, const char* what) {
  if (got.size() != expected.size())
    throw std::runtime_error(
        fmt::format("{}: {} bytes instead of {}", what, got.size(), expected.size()));
  const auto [at, end] = std::ranges::mismatch(got, expected);
  if (at != got.end())
    throw std::runtime_error(fmt::format("{}: byte {} differs", what, at - got.begin()));
}

// ---- The service: sends back streams and datagrams, and talks both ways

awaitable<void> echo(v4v::stream peer) {
  bytes buffer(65536);
  for (;;) {
    const auto [error, n] = co_await peer.async_read_some(
        asio::buffer(buffer), asio::experimental::as_tuple(use_awaitable));
    if (error) co_return;
    co_await asio::async_write(peer, asio::buffer(buffer, n), use_awaitable);
  }
}

awaitable<void> talk_both_ways(v4v::stream peer, std::uint32_t sends, std::uint32_t hears) {
  const bytes mine = pattern(both_ways_size, sends);
  bytes theirs(both_ways_size);
  co_await (asio::async_write(peer, asio::buffer(mine), use_awaitable) &&
            asio::async_read(peer, asio::buffer(theirs), use_awaitable));
  must_equal(theirs, pattern(both_ways_size, hears), "what the other end sent meanwhile");
}

awaitable<void> accept(v4v::guest& guest, v4v::port_type port,
                       awaitable<void> (*serve)(v4v::stream)) {
  v4v::acceptor acceptor(guest, port);
  for (;;) {
    auto peer = co_await acceptor.async_accept(use_awaitable);
    asio::co_spawn(acceptor.get_executor(), serve(std::move(peer)),
                   [](const std::exception_ptr& e) {
                     try {
                       if (e) std::rethrow_exception(e);
                     } catch (const std::exception& why) {
                       fmt::print("a connection ended: {}\n", why.what());
                     }
                   });
  }
}

awaitable<void> send_datagrams_back(v4v::guest& guest) {
  v4v::datagram_socket socket(guest, datagram_port);
  bytes buffer(256 * 1024);
  for (;;) {
    v4v::endpoint from;
    const auto n = co_await socket.async_receive_from(asio::buffer(buffer), from, use_awaitable);
    co_await socket.async_send_to(asio::buffer(buffer, n), from, use_awaitable);
  }
}

void rethrow(const std::exception_ptr& e) {
  if (e) std::rethrow_exception(e);
}

void serve(asio::io_context& io, v4v::guest& here) {
  asio::co_spawn(io, accept(here, echo_port, echo), rethrow);
  asio::co_spawn(io,
                 accept(here, both_ways_port,
                        [](v4v::stream peer) { return talk_both_ways(std::move(peer), 1, 2); }),
                 rethrow);
  asio::co_spawn(io, send_datagrams_back(here), rethrow);
  fmt::print("serving as domain {}\n", here.domain());
  std::fflush(stdout);
}

// ---- What the other end tries

awaitable<void> datagrams(v4v::guest& guest, v4v::domain_type domain) {
  v4v::datagram_socket socket(guest);
  socket.connect({domain, datagram_port});
  for (const std::size_t size : {0u, 1u, 15u, 16u, 17u, 4079u, 4080u, 4096u, 65536u, 200000u}) {
    const bytes sent = pattern(size, static_cast<std::uint32_t>(size));
    bytes got(size + 1);
    co_await socket.async_send(asio::buffer(sent), use_awaitable);
    got.resize(co_await socket.async_receive(asio::buffer(got), use_awaitable));
    must_equal(got, sent, "a datagram");
    fmt::print("ok: a datagram of {} bytes came back as it was\n", size);
  }
  // Many under way at once: none is lost, none overtakes another.
  for (std::uint32_t i = 0; i < 100; ++i)
    co_await socket.async_send(asio::buffer(&i, sizeof i), use_awaitable);
  for (std::uint32_t i = 0; i < 100; ++i) {
    std::uint32_t got = 0;
    co_await socket.async_receive(asio::buffer(&got, sizeof got), use_awaitable);
    if (got != i) throw std::runtime_error(fmt::format("datagram {} came instead of {}", got, i));
  }
  fmt::print("ok: 100 datagrams came back in order\n");
}

awaitable<void> both_ways(v4v::guest& guest, v4v::domain_type domain) {
  v4v::stream stream(guest);
  co_await stream.async_connect({domain, both_ways_port}, use_awaitable);
  co_await talk_both_ways(std::move(stream), 2, 1);
  fmt::print("ok: {} bytes went each way at the same time\n", both_ways_size);
}

// Small round trips for so long; ends with the first thing that goes wrong.
awaitable<void> talk(v4v::guest& guest, v4v::domain_type domain, int seconds) {
  using clock = std::chrono::steady_clock;
  v4v::stream stream(guest);
  co_await stream.async_connect({domain, echo_port}, use_awaitable);
  fmt::print("talking\n");
  std::fflush(stdout);
  const auto end = clock::now() + std::chrono::seconds(seconds);
  std::uint32_t turns = 0;
  try {
    for (; clock::now() < end; ++turns) {
      const bytes sent = pattern(1 + turns % 3000, turns);
      bytes got(sent.size());
      co_await asio::async_write(stream, asio::buffer(sent), use_awaitable);
      co_await asio::async_read(stream, asio::buffer(got), use_awaitable);
      must_equal(got, sent, "what came back");
    }
  } catch (const std::system_error& e) {
    throw std::runtime_error(fmt::format("after {} turns: {}", turns, e.code().message()));
  }
  fmt::print("ok: {} turns, each byte as it was\n", turns);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("What guests of a booted Xen try with each other (scripts/xen-e2e).");
  app.require_subcommand(1);
  v4v::domain_type domain = 0;
  int seconds = 10;
  app.add_subcommand("serve", "Sends back streams and datagrams, until it is killed");
  const auto with_peer = [&](const char* name, const char* what) {
    auto* command = app.add_subcommand(name, what);
    command->add_option("DOMAIN", domain, "Where 'serve' runs")->required();
    return command;
  };
  with_peer("datagrams", "Datagrams of many sizes, and a hundred at once");
  with_peer("both-ways", "A mebibyte in each direction at the same time");
  with_peer("talk", "Small round trips for so long")
      ->add_option("--seconds", seconds, "How long")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  try {
    asio::io_context io;
    v4v::guest here(io, v4v::open_link());
    asio::signal_set stop(io);
    if (app.got_subcommand("serve")) {
      stop.add(SIGTERM);
      stop.async_wait([&io](std::error_code, int) { io.stop(); });
      serve(io, here);
    } else if (app.got_subcommand("datagrams")) {
      asio::co_spawn(io, datagrams(here, domain), rethrow);
    } else if (app.got_subcommand("both-ways")) {
      asio::co_spawn(io, both_ways(here, domain), rethrow);
    } else {
      asio::co_spawn(io, talk(here, domain, seconds), rethrow);
    }
    io.run();
    return 0;
  } catch (const std::exception& e) {
    std::fflush(stdout);
    fmt::print(stderr, "v4v-tries: {}\n", e.what());
    return 1;
  }
}
