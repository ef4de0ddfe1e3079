// A guest that looks instead of sleeping: what it must see all the same, and how long it looks.

#include <chrono>
#include <string>
#include <thread>

#include <asio/read.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>

#include "mortal_link.hpp"
#include "poll_time.hpp"
#include "two_domains.hpp"

namespace v4v::test {
namespace {

using namespace std::chrono_literals;
using detail::poll_time;

class how_long_it_looks : public testing::Test {
 protected:
  void event_after(poll_time::duration waited) {
    now += 1ms;
    time.learn(waited, now);
  }
  poll_time time{busy_poll::adaptive(50us)};
  poll_time::clock::time_point now{1h};
};

TEST_F(how_long_it_looks, grows_while_events_come_soon_after_it_gave_up) {
  EXPECT_EQ(time.length(), 0us);
  event_after(30us);
  EXPECT_GT(time.length(), 0us);
  for (int i = 0; i < 10; ++i)
    event_after(60us);
  EXPECT_EQ(time.length(), 50us);
  event_after(5us);
  EXPECT_EQ(time.length(), 50us) << "that was within it";
}

TEST_F(how_long_it_looks, is_nothing_again_when_one_takes_long) {
  event_after(30us);
  event_after(10ms);
  EXPECT_EQ(time.length(), 0us);
}

TEST_F(how_long_it_looks, is_nothing_for_a_while_when_others_want_the_processor) {
  event_after(30us);
  time.was_away(20us, now);
  EXPECT_GT(time.length(), 0us) << "the peer had its turn";
  time.was_away(3ms, now);
  EXPECT_EQ(time.length(), 0us);
  event_after(30us);
  EXPECT_EQ(time.length(), 0us);
  now += 100ms;
  event_after(30us);
  EXPECT_GT(time.length(), 0us);
}

TEST_F(how_long_it_looks, is_fixed_if_the_user_says_so) {
  poll_time fixed{busy_poll{7us}};
  fixed.learn(10ms, now);
  fixed.was_away(10ms, now);
  EXPECT_EQ(fixed.length(), 7us);
}

/// Two domains of which one never sleeps while an operation waits.
class a_guest_that_looks : public testing::Test {
 public:
  asio::io_context io;
  hv::embedded hypervisor;
  guest server{io, embedded_link(hypervisor, 1), {busy_poll{std::chrono::hours{1}}}};
  guest client{io, embedded_link(hypervisor, 2), {busy_poll{std::chrono::hours{1}}}};

  std::pair<stream, stream> connected(guest& to, guest& from, std::size_t ring_size = 64 * 1024) {
    acceptor listening(to, 5000, {.ring_size = ring_size});
    stream near(to), far(from);
    int done = 0;
    listening.async_accept([&](std::error_code, stream s) {
      near = std::move(s);
      ++done;
    });
    far.async_connect({to.domain(), 5000}, [&](std::error_code ec) {
      EXPECT_FALSE(ec);
      ++done;
    });
    run_until([&] { return done == 2; });
    return {std::move(near), std::move(far)};
  }
  template <class F>
  void run_until(F over) {
    io.restart();
    while (!over())
      io.run_one();
  }
};

TEST_F(a_guest_that_looks, hears_one_stream_while_another_is_busy) {
  auto [near, far] = connected(server, client);
  auto quiet = connected(server, client);
  bool over = false;
  int turns = 0;
  char bytes[2][8] = {};
  const auto echo = [&](auto& self, stream& s, char* at) -> void {
    asio::async_read(s, asio::buffer(at, 8), [&, at](std::error_code ec, std::size_t) {
      if (ec || over) return;
      ++turns;
      asio::async_write(s, asio::buffer(at, 8),
                        [&, at](std::error_code, std::size_t) { self(self, s, at); });
    });
  };
  echo(echo, near, bytes[0]);
  echo(echo, far, bytes[1]);
  asio::write(far, asio::buffer("12345678", 8));
  run_until([&] { return turns > 1000; });

  char byte = 0;
  quiet.first.async_read_some(asio::buffer(&byte, 1),
                              [&](std::error_code, std::size_t) { over = true; });
  asio::post(io, [&] { asio::write(quiet.second, asio::buffer("x", 1)); });
  const int before = turns;
  run_until([&] { return over; });
  EXPECT_EQ(byte, 'x');
  EXPECT_LT(turns - before, 1000);
}

TEST_F(a_guest_that_looks, goes_on_writing_when_there_is_room) {
  auto [near, far] = connected(server, client);
  const auto text = pattern(1'000'000);
  outcome wrote;
  asio::async_write(far, asio::buffer(text), wrote.handler());
  std::string seen(text.size(), '\0');
  outcome read;
  asio::async_read(near, asio::buffer(seen), read.handler());
  run_until([&] { return wrote.called && read.called; });
  EXPECT_TRUE(seen == text);
}

TEST_F(a_guest_that_looks, notices_the_death_of_a_peer) {
  auto link = std::make_unique<mortal_link>(embedded_link(hypervisor, 3));
  auto& mortal = *link;
  guest victim(io, std::move(link));
  auto [near, far] = connected(server, victim);
  char byte = 0;
  outcome read;
  near.async_read_some(asio::buffer(&byte, 1), read.handler());
  asio::post(io, [&] { mortal.die(); });
  run_until([&] { return read.called; });
  EXPECT_EQ(read.error, asio::error::connection_reset);
}

TEST_F(a_guest_that_looks, lets_timers_and_other_handlers_run) {
  auto [near, far] = connected(server, client);
  char byte = 0;
  near.async_read_some(asio::buffer(&byte, 1), [](std::error_code, std::size_t) {});
  asio::steady_timer timer(io, 1ms);
  bool expired = false, posted = false;
  timer.async_wait([&](std::error_code) { expired = true; });
  asio::post(io, [&] { posted = true; });
  run_until([&] { return expired && posted; });
}

TEST_F(a_guest_that_looks, lets_run_return_when_nothing_waits) {
  auto pair = connected(server, client);
  char byte = 0;
  pair.first.async_read_some(asio::buffer(&byte, 1), [](std::error_code, std::size_t) {});
  asio::post(io, [&] { pair.first.cancel(); });
  io.restart();
  io.run();
  SUCCEED();
}

TEST_F(a_guest_that_looks, costs_its_senders_no_system_call) {
  auto [near, far] = connected(server, client);
  char bytes[2][8] = {};
  int turns = 0;
  std::uint64_t calls = 0;
  const auto echo = [&](auto& self, stream& s, char* at) -> void {
    asio::async_read(s, asio::buffer(at, 8), [&, at](std::error_code ec, std::size_t) {
      if (ec || ++turns > 10'000) return;
      asio::async_write(s, asio::buffer(at, 8),
                        [&, at](std::error_code, std::size_t) { self(self, s, at); });
    });
  };
  echo(echo, near, bytes[0]);
  echo(echo, far, bytes[1]);
  asio::write(far, asio::buffer("12345678", 8));
  run_until([&] { return turns > 10; });
  calls = hypervisor.counters().event_syscalls;
  run_until([&] { return turns > 10'000; });
  EXPECT_EQ(hypervisor.counters().event_syscalls, calls);
}

}  // namespace
}  // namespace v4v::test
