// Views of messages in the ring: what they show never changes, and the ring goes on.

#include <condition_variable>
#include <deque>
#include <fstream>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <asio/read.hpp>
#include <asio/write.hpp>

#include "raw_peer.hpp"
#include "two_domains.hpp"
#include "v4v/message_view.hpp"

namespace v4v::test {
namespace {

std::string text_of(const message_view& view) {
  std::string s(view.size(), '\0');
  asio::buffer_copy(asio::buffer(s), view);
  return s;
}

class message_views : public two_domains {
 protected:
  static constexpr std::size_t ring_size = 64 * 1024;

  // Writes `count` messages and receives each, which `keep` is given.
  template <class F>
  void exchange(stream& from, stream& to, const std::vector<std::string>& messages, F keep) {
    spawn([](stream& s, const std::vector<std::string>& all) -> awaitable<void> {
      for (const auto& m : all)
        co_await asio::async_write(s, asio::buffer(m), use_awaitable);
    }(from, messages));
    spawn([](stream& s, std::size_t n, F& f) -> awaitable<void> {
      for (std::size_t i = 0; i < n; ++i)
        f(i, co_await s.async_receive(use_awaitable));
    }(to, messages.size(), keep));
    io.restart();
    io.run();
  }

  static std::vector<std::string> texts(std::size_t count, std::size_t longest, unsigned seed = 1) {
    std::mt19937 random(seed);
    std::vector<std::string> all;
    for (std::size_t i = 0; i < count; ++i)
      all.push_back(pattern(1 + random() % longest, static_cast<unsigned>(random())));
    return all;
  }
};

TEST_F(message_views, show_what_one_write_has_sent) {
  auto [near, far] = connected();
  const auto messages = texts(100, 5000);
  exchange(far, near, messages,
           [&](std::size_t i, const message_view& v) { EXPECT_TRUE(text_of(v) == messages[i]); });
  exchange(near, far, messages,
           [&](std::size_t i, const message_view& v) { EXPECT_TRUE(text_of(v) == messages[i]); });
}

TEST_F(message_views, begin_at_multiples_of_8_and_go_round_the_end_of_a_small_ring_in_two_pieces) {
  auto [near, far] = connected({}, {.ring_size = 60 * 1024});
  const auto messages = texts(300, 5000);
  std::size_t in_two = 0;
  exchange(far, near, messages, [&](std::size_t i, const message_view& v) {
    in_two += v.end() - v.begin() == 2 ? 1 : 0;
    for (const auto& piece : v)
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(piece.data()) % 8, 0);
    EXPECT_TRUE(text_of(v) == messages[i]);
  });
  EXPECT_GT(in_two, 0);
}

TEST_F(message_views, go_round_the_end_of_other_rings_in_one_piece) {
  auto [near, far] = connected({}, {.ring_size = ring_size});
  const auto messages = texts(2000, ring_size / 2, 3);
  exchange(far, near, messages, [&](std::size_t i, const message_view& v) {
    EXPECT_EQ(v.end() - v.begin(), 1);
    EXPECT_TRUE(text_of(v) == messages[i]) << i;
  });
}

TEST_F(message_views, of_many_rounds_of_the_ring_are_in_one_piece_while_older_ones_are_held) {
  auto [near, far] = connected({}, {.ring_size = ring_size});
  const auto messages = texts(400, ring_size / 2, 5);
  std::deque<std::pair<std::size_t, message_view>> held;
  std::mt19937 random(13);
  exchange(far, near, messages, [&](std::size_t i, message_view v) {
    EXPECT_EQ(v.end() - v.begin(), 1);
    held.emplace_back(i, std::move(v));
    if (held.size() > 20) held.erase(held.begin() + random() % 20);
    for (const auto& [k, old] : held)
      ASSERT_TRUE(text_of(old) == messages[k]) << k << " at " << i;
  });
}

TEST_F(message_views, from_the_middle_on_go_round_the_end_likewise) {
  auto [near, far] = connected({}, {.ring_size = ring_size});
  const auto messages = texts(300, 20'000, 9);
  spawn([](stream& s, const std::vector<std::string>& all) -> awaitable<void> {
    for (const auto& m : all)
      co_await asio::async_write(s, asio::buffer(m), use_awaitable);
  }(far, messages));
  spawn([](stream& s, const std::vector<std::string>& all) -> awaitable<void> {
    for (const auto& m : all) {
      std::string begin(std::min<std::size_t>(m.size(), 3001), ' ');
      co_await asio::async_read(s, asio::buffer(begin), use_awaitable);
      EXPECT_TRUE(m.starts_with(begin));
      if (begin.size() == m.size()) continue;
      const auto rest = co_await s.async_receive(use_awaitable);
      EXPECT_EQ(rest.end() - rest.begin(), 1);
      EXPECT_TRUE(m.ends_with(text_of(rest)) && begin.size() + rest.size() == m.size());
    }
  }(near, messages));
  io.restart();
  io.run();
}

TEST_F(message_views, held_for_ever_never_change_and_the_ring_goes_on) {
  auto [near, far] = connected({}, {.ring_size = ring_size});
  const auto messages = texts(3000, 1000);
  std::vector<message_view> held;
  exchange(far, near, messages, [&](std::size_t, message_view v) { held.push_back(std::move(v)); });
  ASSERT_EQ(held.size(), messages.size());
  for (std::size_t i = 0; i < held.size(); ++i)
    ASSERT_TRUE(text_of(held[i]) == messages[i]) << i;
}

TEST_F(message_views, may_go_in_any_order) {
  auto [near, far] = connected({}, {.ring_size = ring_size});
  const auto messages = texts(5000, 2000, 7);
  std::mt19937 random(11);
  std::vector<std::pair<std::size_t, message_view>> held;
  exchange(far, near, messages, [&](std::size_t i, message_view v) {
    held.emplace_back(i, std::move(v));
    while (held.size() > random() % 200) {
      const std::size_t k = random() % held.size();
      ASSERT_TRUE(text_of(held[k].second) == messages[held[k].first]);
      std::swap(held[k], held.back());
      held.pop_back();
    }
  });
  for (const auto& [i, view] : held)
    ASSERT_TRUE(text_of(view) == messages[i]);
}

TEST_F(message_views, as_long_as_a_write_can_be_do_not_stop_the_ring) {
  auto [near, far] = connected({}, {.ring_size = ring_size});
  const auto messages = std::vector<std::string>(20, pattern(ring_size * 2));
  std::string all;
  std::deque<message_view> held;
  spawn([](stream& s, const std::vector<std::string>& m) -> awaitable<void> {
    for (const auto& each : m)
      co_await asio::async_write(s, asio::buffer(each), use_awaitable);
    s.close();
  }(far, messages));
  spawn([](stream& s, std::deque<message_view>& h) -> awaitable<void> {
    for (;;) {
      auto [ec, view] = co_await s.async_receive(no_throw);
      if (ec) {
        EXPECT_EQ(ec, asio::error::eof);
        EXPECT_TRUE(view.empty());
        co_return;
      }
      h.push_back(std::move(view));
    }
  }(near, held));
  io.run();
  for (const auto& v : held)
    all += text_of(v);
  std::string expected;
  for (const auto& m : messages)
    expected += m;
  EXPECT_TRUE(all == expected);
}

TEST_F(message_views, outlive_the_stream_the_peer_and_the_guest) {
  std::vector<message_view> held;
  const auto messages = texts(20, 3000);
  {
    hv::embedded other;
    guest a{io, embedded_link(other, 1)}, b{io, embedded_link(other, 2)};
    acceptor listening(a, 1);
    stream near(a), far(b);
    listening.async_accept([&](std::error_code, stream s) { near = std::move(s); });
    far.async_connect({1, 1}, [](std::error_code ec) { EXPECT_FALSE(ec); });
    io.run();
    exchange(far, near, messages,
             [&](std::size_t, message_view v) { held.push_back(std::move(v)); });
  }
  io.restart();
  io.run();
  for (std::size_t i = 0; i < held.size(); ++i)
    EXPECT_TRUE(text_of(held[i]) == messages[i]);
}

TEST_F(message_views, outlive_the_io_context) {
  message_view held;
  {
    asio::io_context mine;
    hv::embedded other;
    guest a{mine, embedded_link(other, 1)}, b{mine, embedded_link(other, 2)};
    acceptor listening(a, 1);
    stream near(a), far(b);
    listening.async_accept([&](std::error_code, stream s) { near = std::move(s); });
    far.async_connect({1, 1}, [](std::error_code ec) { EXPECT_FALSE(ec); });
    mine.run();
    asio::write(far, asio::buffer(std::string("still here")));
    held = near.receive();
  }
  EXPECT_EQ(text_of(held), "still here");
}

TEST_F(message_views, and_reads_may_take_turns) {
  auto [near, far] = connected();
  char first[3];
  std::string rest;
  asio::write(far, asio::buffer(std::string("abcdef")));
  asio::write(far, asio::buffer(std::string("ghi")));
  asio::read(near, asio::buffer(first));
  const message_view view = near.receive();
  EXPECT_EQ(text_of(view), "def");
  asio::read(near, asio::buffer(first));
  EXPECT_EQ(std::string(first, 3), "ghi");
  EXPECT_EQ(text_of(view), "def");
}

TEST_F(message_views, of_a_peer_with_the_plain_protocol_are_copies_where_the_ring_is_shared) {
  // Without a ring left the accepted end has no ring of its own.
  hv::embedded other;
  const auto control = other.create_domain(9, hv::privilege::control);
  guest a{io, embedded_link(other, 1)};
  v4v_config limits{1, 128, 256, 1 << 20, 1, 0};
  ASSERT_EQ(control->hypercall(V4V_OP_config, reinterpret_cast<std::uintptr_t>(&limits), 0, 0, 0),
            0);
  guest b{io, embedded_link(other, 2)};
  acceptor listening(a, 1, {.ring_size = ring_size});
  stream near(a), far(b);
  listening.async_accept([&](std::error_code, stream s) { near = std::move(s); });
  far.async_connect({1, 1}, [](std::error_code ec) { EXPECT_FALSE(ec); });
  io.run();
  const auto messages = texts(500, 2000);
  std::string sent, seen;
  for (const auto& m : messages)
    sent += m;
  std::vector<message_view> held;
  spawn([](stream& s, const std::string& all) -> awaitable<void> {
    co_await asio::async_write(s, asio::buffer(all), use_awaitable);
  }(far, sent));
  spawn([](stream& s, std::vector<message_view>& h, std::size_t n) -> awaitable<void> {
    while (n != 0) {
      h.push_back(co_await s.async_receive(use_awaitable));
      n -= h.back().size();
    }
  }(near, held, sent.size()));
  io.restart();
  io.run();
  for (const auto& v : held)
    seen += text_of(v);
  EXPECT_TRUE(seen == sent);
}

TEST_F(message_views, give_way_to_a_peer_with_the_plain_protocol_that_fills_the_ring_at_once) {
  raw_peer plain(hypervisor, 3, 77, any_domain);
  stream s(client, {.ring_size = ring_size});
  s.async_connect({3, 77}, [](std::error_code ec) { EXPECT_FALSE(ec); });
  io.poll();
  const auto syn = plain.receive();
  ASSERT_TRUE(syn);
  const endpoint to{2, syn->source.port};
  plain.send(to, V4V_STREAM_ACK, syn->conid);
  plain.send(to, 0, syn->conid, "held");
  const message_view held = s.receive();
  const auto longest = pattern(ring_size - 32 - sizeof(v4v_stream_header));
  EXPECT_EQ(plain.send(to, 0, syn->conid, longest), -EAGAIN) << "the view is in the way";
  bool called = false;
  s.async_receive([&](std::error_code, const message_view& v) {
    called = true;
    EXPECT_TRUE(text_of(v) == longest);
  });
  EXPECT_GT(plain.send(to, 0, syn->conid, longest), 0) << "nobody reads what is there";
  io.restart();
  io.poll();
  EXPECT_TRUE(called);
  EXPECT_EQ(text_of(held), "held");
}

TEST_F(message_views, give_way_to_a_peer_with_the_plain_protocol_when_nothing_more_is_wanted) {
  raw_peer plain(hypervisor, 3, 77, any_domain);
  stream s(client, {.ring_size = ring_size});
  s.async_connect({3, 77}, [](std::error_code ec) { EXPECT_FALSE(ec); });
  io.poll();
  const auto syn = plain.receive();
  ASSERT_TRUE(syn);
  const endpoint to{2, syn->source.port};
  plain.send(to, V4V_STREAM_ACK, syn->conid);
  plain.send(to, 0, syn->conid, "held");
  const message_view held = s.receive();
  s.shutdown(asio::socket_base::shutdown_receive);
  const auto longest = pattern(ring_size - sizeof(v4v_ring) - 32 - sizeof(v4v_stream_header));
  EXPECT_GT(plain.send(to, 0, syn->conid, longest), 0);
  EXPECT_EQ(text_of(held), "held");
}

// KiB of pages of its own that the process has behind rings.
std::size_t detached_memory() {
  std::ifstream maps("/proc/self/smaps");
  std::size_t sum = 0;
  bool of_a_ring = false;
  for (std::string line; std::getline(maps, line);) {
    if (line.find('-') < line.find(' ')) of_a_ring = line.find("v4v rings") != std::string::npos;
    if (of_a_ring && line.starts_with("Anonymous:")) sum += std::stoul(line.substr(10));
  }
  return sum;
}

TEST_F(message_views, take_memory_for_what_is_held_and_where_the_ring_meets_its_beginning) {
  constexpr std::size_t joint_page = V4V_PAGE_SIZE / 1024;
  auto [near, far] = connected({}, {.ring_size = ring_size});
  const auto messages = texts(2000, 1000);
  exchange(far, near, messages, [&](std::size_t, const message_view&) {});
  EXPECT_EQ(detached_memory(), joint_page) << "nothing was held";

  std::vector<message_view> held;
  std::size_t most = 0;  // pages that they lie in
  exchange(far, near, messages, [&](std::size_t i, message_view v) {
    if (i % 100 != 0) return;
    for (const auto& piece : v)
      most += piece.size() / V4V_PAGE_SIZE + 2;
    held.push_back(std::move(v));
  });
  EXPECT_GT(detached_memory(), joint_page);
  EXPECT_LE(detached_memory(), joint_page + most * V4V_PAGE_SIZE / 1024);
  for (std::size_t i = 0; i < held.size(); ++i)
    EXPECT_TRUE(text_of(held[i]) == messages[i * 100]);
  held.clear();
  EXPECT_EQ(detached_memory(), joint_page);
}

TEST_F(message_views, take_none_that_are_dropped_soon_after_the_next_read_has_begun) {
  auto [near, far] = connected({}, {.ring_size = ring_size});
  const auto half = pattern(ring_size / 2);
  far.write_some(asio::buffer(half));
  message_view view = near.receive();
  std::error_code next = asio::error::would_block;
  near.async_receive([&](std::error_code ec, const message_view&) { next = ec; });
  EXPECT_TRUE(text_of(view) == half);
  view = {};
  io.restart();
  io.poll();
  EXPECT_LE(detached_memory(), V4V_PAGE_SIZE / 1024);

  far.write_some(asio::buffer(half));
  io.restart();
  io.poll();
  EXPECT_FALSE(next);
}

TEST_F(message_views, non_blocking_and_closed) {
  auto [near, far] = connected();
  near.non_blocking(true);
  std::error_code ec;
  EXPECT_TRUE(near.receive(ec).empty());
  EXPECT_EQ(ec, asio::error::would_block);
  far.close();
  EXPECT_TRUE(near.receive(ec).empty());
  EXPECT_EQ(ec, asio::error::eof);
  near.close();
  EXPECT_TRUE(near.receive(ec).empty());
  EXPECT_EQ(ec, asio::error::bad_descriptor);
}

TEST_F(message_views, a_receive_that_is_cancelled_has_taken_nothing) {
  auto [near, far] = connected();
  std::error_code result;
  near.async_receive([&](std::error_code ec, const message_view& v) {
    result = ec;
    EXPECT_TRUE(v.empty());
  });
  near.cancel();
  io.run();
  EXPECT_EQ(result, asio::error::operation_aborted);
  asio::write(far, asio::buffer(std::string("still here")));
  EXPECT_EQ(text_of(near.receive()), "still here");
}

TEST_F(message_views, may_be_dropped_by_other_threads) {
  auto [near, far] = connected({}, {.ring_size = ring_size});
  const auto messages = texts(2000, 3000, 5);
  std::mutex mutex;
  std::condition_variable more;
  std::deque<message_view> handed_over;
  bool over = false;
  std::size_t bytes = 0;
  std::thread other([&] {
    std::unique_lock lock(mutex);
    for (;;) {
      more.wait(lock, [&] { return over || !handed_over.empty(); });
      if (handed_over.empty()) return;
      const message_view mine = std::move(handed_over.front());
      handed_over.pop_front();
      lock.unlock();
      bytes += text_of(mine).size();
      lock.lock();
    }
  });
  exchange(far, near, messages, [&](std::size_t, message_view v) {
    const std::lock_guard lock(mutex);
    handed_over.push_back(std::move(v));
    more.notify_one();
  });
  {
    const std::lock_guard lock(mutex);
    over = true;
    more.notify_one();
  }
  other.join();
  std::size_t sent = 0;
  for (const auto& m : messages)
    sent += m.size();
  EXPECT_EQ(bytes, sent);
}

}  // namespace
}  // namespace v4v::test
