// Guests on a link that can do no more than one to a hypervisor outside of the guest. What an event
// that is lost would keep waiting for ever is waited for here.

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <asio/detached.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>

#include "bare_link.hpp"
#include "mortal_link.hpp"
#include "two_domains.hpp"
#include "v4v/datagram_socket.hpp"
#include "v4v/message_view.hpp"

namespace v4v::test {
namespace {

using namespace std::chrono_literals;

struct kind {
  const char* name;
  bare_link::page page;
  busy_poll polling;
};

class on_a_bare_link : public testing::TestWithParam<kind> {
 protected:
  std::unique_ptr<guest> new_guest(asio::io_context& in, domain_type id) {
    return std::make_unique<guest>(
        in, std::make_unique<bare_link>(embedded_link(hypervisor, id), GetParam().page),
        guest_options{GetParam().polling});
  }
  std::pair<stream, stream> connected() {
    acceptor listening(*server, 5000);
    stream near(*server), far(*client);
    listening.async_accept([&](std::error_code, stream s) { near = std::move(s); });
    far.async_connect({1, 5000}, [](std::error_code ec) { EXPECT_FALSE(ec) << ec.message(); });
    run();
    return {std::move(near), std::move(far)};
  }
  // Until nothing waits any more; also a guest that polls lets it return then.
  void run() {
    io.restart();
    io.run();
  }

  asio::io_context io;
  hv::embedded hypervisor;
  std::unique_ptr<guest> server = new_guest(io, 1);
  std::unique_ptr<guest> client = new_guest(io, 2);
};

TEST_P(on_a_bare_link, streams_carry_more_than_fits_both_ways) {
  auto [near, far] = connected();
  const auto text = pattern(1'000'000);
  std::string seen[2] = {std::string(text.size(), '\0'), std::string(text.size(), '\0')};
  outcome ends[4];
  asio::async_write(near, asio::buffer(text), ends[0].handler());
  asio::async_write(far, asio::buffer(text), ends[1].handler());
  asio::async_read(near, asio::buffer(seen[0]), ends[2].handler());
  asio::async_read(far, asio::buffer(seen[1]), ends[3].handler());
  run();
  for (const auto& end : ends)
    EXPECT_TRUE(end.called && !end.error);
  EXPECT_TRUE(seen[0] == text && seen[1] == text);
}

TEST_P(on_a_bare_link, messages_are_kept_for_as_long_as_one_likes) {
  auto [near, far] = connected();
  std::vector<std::string> sent;
  std::vector<message_view> kept;
  for (unsigned i = 0; i < 200; ++i) {
    sent.push_back(pattern(1 + i * 97 % 8000, i));
    asio::async_write(far, asio::buffer(sent.back()),
                      [](std::error_code ec, std::size_t) { EXPECT_FALSE(ec); });
    near.async_receive([&](std::error_code ec, message_view view) {
      EXPECT_FALSE(ec);
      kept.push_back(std::move(view));
    });
    run();
  }
  ASSERT_EQ(kept.size(), sent.size());
  for (std::size_t i = 0; i < sent.size(); ++i) {
    std::string seen(kept[i].size(), '\0');
    asio::buffer_copy(asio::buffer(seen), kept[i]);
    EXPECT_TRUE(seen == sent[i]) << i;
  }
}

TEST_P(on_a_bare_link, datagrams_arrive) {
  datagram_socket here(*server, 7), there(*client, 8);
  std::array<char, 8> bytes{};
  endpoint from;
  here.async_receive_from(asio::buffer(bytes), from,
                          [](std::error_code ec, std::size_t n) { EXPECT_TRUE(!ec && n == 5); });
  there.async_send_to(asio::buffer("hello", 5), {1, 7},
                      [](std::error_code ec, std::size_t) { EXPECT_FALSE(ec); });
  run();
  EXPECT_EQ(std::string(bytes.data(), 5), "hello");
  EXPECT_EQ(from, endpoint(2, 8));
}

TEST_P(on_a_bare_link, the_death_of_a_peer_is_noticed) {
  auto link = std::make_unique<mortal_link>(embedded_link(hypervisor, 3));
  auto& mortal = *link;
  guest victim(io, std::move(link));
  acceptor listening(*server, 5000);
  stream near(*server), far(victim);
  listening.async_accept([&](std::error_code, stream s) { near = std::move(s); });
  far.async_connect({1, 5000}, [](std::error_code ec) { EXPECT_FALSE(ec); });
  run();
  char byte = 0;
  outcome read;
  near.async_read_some(asio::buffer(&byte, 1), read.handler());
  asio::post(io, [&] { mortal.die(); });
  run();
  EXPECT_EQ(read.error, asio::error::connection_reset);
}

TEST_P(on_a_bare_link, run_returns_when_a_wait_is_cancelled) {
  auto [near, far] = connected();
  char byte = 0;
  outcome read;
  near.async_read_some(asio::buffer(&byte, 1), read.handler());
  asio::post(io, [&, &s = near] { s.cancel(); });
  run();
  EXPECT_EQ(read.error, asio::error::operation_aborted);
}

// Each side sleeps in its own thread, in calls that block.
TEST_P(on_a_bare_link, threads_that_block_wake_each_other) {
  auto [near, far] = connected();
  std::thread echo([&s = near] {
    std::array<char, 64> bytes{};
    std::error_code ec;
    while (!ec) {
      const auto n = s.read_some(asio::buffer(bytes), ec);
      if (!ec) asio::write(s, asio::buffer(bytes.data(), n), ec);
    }
  });
  std::string seen(64, '\0');
  for (unsigned i = 0; i < 3000; ++i) {
    const auto text = pattern(64, i);
    asio::write(far, asio::buffer(text));
    asio::read(far, asio::buffer(seen));
    ASSERT_TRUE(seen == text);
  }
  far.close();
  echo.join();
}

// Each side runs an io_context of its own, and does so in two threads, so that one may take the
// event that the other was woken by.
TEST_P(on_a_bare_link, io_contexts_wake_each_other) {
  asio::io_context other_io;
  const auto other = new_guest(other_io, 4);
  acceptor listening(*other, 5000);
  asio::co_spawn(
      other_io,
      [&]() -> awaitable<void> {
        stream s = co_await listening.async_accept(use_awaitable);
        std::array<char, 64> bytes{};
        for (;;) {
          const auto [ec, n] = co_await s.async_read_some(asio::buffer(bytes), no_throw);
          if (ec) co_return;
          co_await asio::async_write(s, asio::buffer(bytes.data(), n), use_awaitable);
        }
      },
      asio::detached);
  unsigned good = 0;
  asio::co_spawn(
      io,
      [&]() -> awaitable<void> {
        stream s(*client);
        co_await s.async_connect({4, 5000}, use_awaitable);
        std::string seen(64, '\0');
        for (unsigned i = 0; i < 3000; ++i) {
          const auto text = pattern(64, i);
          co_await asio::async_write(s, asio::buffer(text), use_awaitable);
          co_await asio::async_read(s, asio::buffer(seen), use_awaitable);
          good += seen == text ? 1 : 0;
        }
      },
      asio::detached);
  io.restart();
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] { io.run(); });
    threads.emplace_back([&] { other_io.run(); });
  }
  for (auto& t : threads)
    t.join();
  EXPECT_EQ(good, 3000);
}

INSTANTIATE_TEST_SUITE_P(
    each, on_a_bare_link,
    testing::Values(kind{"that_sleeps", bare_link::page::yes, busy_poll{0us}},
                    kind{"that_polls", bare_link::page::yes, busy_poll{std::chrono::hours{1}}},
                    kind{"that_polls_and_sleeps", bare_link::page::yes, busy_poll{20us}},
                    kind{"that_sleeps_without_a_page", bare_link::page::no, busy_poll{0us}},
                    kind{"that_polls_and_sleeps_without_a_page", bare_link::page::no,
                         busy_poll{20us}}),
    [](const auto& chosen) { return std::string(chosen.param.name); });

}  // namespace
}  // namespace v4v::test
