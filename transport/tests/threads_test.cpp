#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include <asio/post.hpp>
#include <asio/strand.hpp>
#include <asio/use_future.hpp>

#include "two_domains.hpp"
#include "v4v/datagram_socket.hpp"

namespace v4v::test {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int scale = 1;
#else
constexpr int scale = 10;
#endif

awaitable<void> echo(stream s) {
  std::vector<char> bytes(16 * 1024);
  for (;;) {
    const auto [ec, n] = co_await s.async_read_some(asio::buffer(bytes), no_throw);
    if (ec) co_return;
    const auto [failed, size] =
        co_await asio::async_write(s, asio::buffer(bytes.data(), n), no_throw);
    if (failed) co_return;
  }
}

awaitable<void> serve(guest& g, int connections) {
  acceptor a(g, 5000);
  for (int i = 0; i < connections; ++i) {
    stream s = co_await a.async_accept(use_awaitable);
    const auto executor = asio::make_strand(g.get_executor());
    asio::co_spawn(executor, echo(std::move(s)), [](std::exception_ptr e) {
      if (e) std::rethrow_exception(e);
    });
  }
}

awaitable<void> talk(guest& g, unsigned seed, int rounds, std::atomic<int>& good) {
  stream s(g, {16 * 1024});
  co_await s.async_connect({1, 5000}, use_awaitable);
  for (int i = 0; i < rounds; ++i) {
    const std::string data =
        pattern(1 + (seed * 7919 + static_cast<unsigned>(i) * 104729) % 5000, seed);
    std::string answer(data.size(), '\0');
    co_await asio::async_write(s, asio::buffer(data), use_awaitable);
    co_await asio::async_read(s, asio::buffer(answer), use_awaitable);
    if (answer == data) ++good;
  }
}

TEST(threads, each_with_its_domain_sleep_and_wake_each_other) {
  hv::embedded hypervisor;
  asio::io_context server_io, client_io;
  guest server(server_io, embedded_link(hypervisor, 1));
  guest client(client_io, embedded_link(hypervisor, 2));
  std::atomic<int> good{0};
  asio::co_spawn(server_io, serve(server, 1), [](std::exception_ptr) {});
  server_io.poll();
  asio::co_spawn(client_io, talk(client, 1, 1000 * scale, good), [](std::exception_ptr) {});
  std::thread other([&] { server_io.run(); });
  client_io.run();
  other.join();
  EXPECT_EQ(good, 1000 * scale);
}

TEST(threads, may_share_the_io_contexts_of_both_domains) {
  hv::embedded hypervisor;
  asio::io_context io;
  guest server(io, embedded_link(hypervisor, 1));
  guest client(io, embedded_link(hypervisor, 2));
  constexpr int connections = 8;
  std::atomic<int> good{0};
  asio::co_spawn(io, serve(server, connections), [](std::exception_ptr) {});
  io.poll();
  for (unsigned i = 0; i < connections; ++i)
    asio::co_spawn(asio::make_strand(io), talk(client, i, 50 * scale, good),
                   [](std::exception_ptr) {});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] { io.run(); });
  for (auto& t : threads)
    t.join();
  EXPECT_EQ(good, connections * 50 * scale);
}

TEST(threads, may_close_and_cancel_while_others_send) {
  hv::embedded hypervisor;
  asio::io_context server_io, client_io;
  guest server(server_io, embedded_link(hypervisor, 1));
  guest client(client_io, embedded_link(hypervisor, 2));
  constexpr int connections = 20;
  asio::co_spawn(server_io, serve(server, connections * scale), [](std::exception_ptr) {});
  server_io.poll();
  std::thread other([&] { server_io.run(); });
  std::atomic<int> ended{0};
  asio::co_spawn(
      client_io,
      [&]() -> awaitable<void> {
        const std::string data = pattern(40'000);
        for (int i = 0; i < connections * scale; ++i) {
          stream s(client, {8192});
          co_await s.async_connect({1, 5000}, use_awaitable);
          // The echo blocks on us, we block on the echo; then we are gone, in the middle of it.
          outcome write;
          asio::async_write(s, asio::buffer(data), [&](std::error_code, std::size_t) { ++ended; });
          std::string some(1 + static_cast<std::size_t>(i) * 37 % 3000, '\0');
          co_await asio::async_read(s, asio::buffer(some), use_awaitable);
          if (i % 2 == 0) s.cancel();
          s.close();
        }
      },
      [](std::exception_ptr e) {
        if (e) std::rethrow_exception(e);
      });
  client_io.run();
  other.join();
  EXPECT_EQ(ended, connections * scale);
}

TEST(threads, that_run_the_io_context_stay_for_what_others_cancel) {
  hv::embedded hypervisor;
  asio::io_context io;
  guest g(io, embedded_link(hypervisor, 1));
  datagram_socket socket(g, 7000);
  constexpr int rounds = 500 * scale;
  int called = 0;
  for (int i = 0; i < rounds; ++i) {
    char byte = 0;
    socket.async_receive(asio::buffer(&byte, 1), [&](std::error_code, std::size_t) { ++called; });
    io.restart();
    std::thread other([&] { io.run(); });
    socket.cancel();
    other.join();
    ASSERT_EQ(called, i + 1);
  }
}

TEST(threads, that_block_leave_what_a_polling_guest_has_to_do_to_the_io_context) {
  hv::embedded hypervisor;
  asio::io_context io, echo_io;
  const guest_options polling{.polling = busy_poll{std::chrono::hours{1}}};
  guest g(io, embedded_link(hypervisor, 1), polling);
  guest far(echo_io, embedded_link(hypervisor, 2));
  datagram_socket waits(g, 7000), talks(g, 7001), answers(far, 7002);
  constexpr int rounds = 500 * scale;
  std::thread echo([&] {
    char byte = 0;
    endpoint from;
    for (int i = 0; i < rounds; ++i) {
      answers.receive_from(asio::buffer(&byte, 1), from);
      answers.send_to(asio::buffer(&byte, 1), from);
    }
  });
  bool called = false, was_called = false;
  char byte = 0, other_byte = 0;
  waits.async_receive(asio::buffer(&byte, 1), [&](std::error_code, std::size_t) { called = true; });
  std::thread runs([&] {
    io.run();
    was_called = called;
  });
  bool runs_on = true;
  for (int i = 0; i < rounds; ++i) {
    talks.send_to(asio::buffer("x", 1), {2, 7002});
    talks.receive(asio::buffer(&other_byte, 1));
    // The guest looks again as soon as something came that the io_context has seen.
    talks.send_to(asio::buffer("y", 1), {1, 7001});
    for (int turns = 0; turns < 2 && runs_on; ++turns)
      runs_on = asio::post(io, asio::use_future).wait_for(std::chrono::seconds{10}) ==
                std::future_status::ready;
    talks.receive(asio::buffer(&other_byte, 1));
  }
  waits.cancel();
  runs.join();
  echo.join();
  EXPECT_TRUE(runs_on);
  EXPECT_TRUE(was_called);
}

}  // namespace
}  // namespace v4v::test
