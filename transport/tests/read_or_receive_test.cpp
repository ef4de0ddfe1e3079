// Reads of messages of all sizes: short ones copied, as many as there are; long ones where they
// lie.

#include <algorithm>
#include <string>

#include <asio/write.hpp>

#include "raw_peer.hpp"
#include "two_domains.hpp"
#include "v4v/message_view.hpp"

namespace v4v::test {
namespace {

class a_read_or_receive : public two_domains {
 protected:
  static constexpr std::size_t long_message = 100;

  struct result {
    std::error_code error;
    std::string copied;
    std::string seen;
  };

  result next(stream& s, std::size_t room = 1000) {
    result r;
    std::string bytes(room, '\0');
    s.async_read_or_receive(asio::buffer(bytes), long_message,
                            [&](std::error_code ec, std::size_t n, message_view v) {
                              r = {ec, bytes.substr(0, n), std::string(v.size(), '\0')};
                              asio::buffer_copy(asio::buffer(r.seen), v);
                            });
    io.restart();
    io.run();
    return r;
  }

  std::string begins = pattern(long_message - 1, 1);
  std::string text = pattern(long_message, 2);
};

TEST_F(a_read_or_receive, copies_all_the_short_messages_there_are) {
  auto [near, far] = connected();
  for (const auto* part : {"a", "bc", "def"})
    far.write_some(asio::buffer(std::string(part)));
  far.write_some(asio::buffer(begins));
  const auto r = next(near);
  EXPECT_EQ(r.copied, "abcdef" + begins);
  EXPECT_TRUE(r.seen.empty());
}

TEST_F(a_read_or_receive, shows_a_long_message_where_it_lies) {
  auto [near, far] = connected();
  far.write_some(asio::buffer(text));
  const auto r = next(near);
  EXPECT_EQ(r.copied, "");
  EXPECT_EQ(r.seen, text);
}

TEST_F(a_read_or_receive, stops_before_a_long_message) {
  auto [near, far] = connected();
  far.write_some(asio::buffer(begins));
  far.write_some(asio::buffer(text));
  far.write_some(asio::buffer(begins));
  EXPECT_EQ(next(near).copied, begins);
  EXPECT_EQ(next(near).seen, text);
  EXPECT_EQ(next(near).copied, begins);
}

TEST_F(a_read_or_receive, goes_by_what_is_left_of_a_message) {
  auto [near, far] = connected();
  far.write_some(asio::buffer(text + begins));
  std::string first(text.size(), '\0');
  near.read_some(asio::buffer(first));
  EXPECT_EQ(first, text);
  EXPECT_EQ(next(near, 10).copied, begins.substr(0, 10));
  EXPECT_EQ(next(near).copied, begins.substr(10));
}

TEST_F(a_read_or_receive, only_copies_where_the_end_shares_a_ring) {
  acceptor listening(server, service.port());
  stream near(server);
  listening.async_accept([&](std::error_code, stream s) { near = std::move(s); });
  raw_peer plain(hypervisor, 3, 0x80001234, 1);
  plain.send(service, V4V_STREAM_SYN, 7);
  io.restart();
  io.poll();
  ASSERT_TRUE(near.is_open());
  plain.send(service, 0, 7, text);
  io.restart();
  io.poll();
  EXPECT_EQ(next(near).copied, text) << "from the queue";
}

TEST_F(a_read_or_receive, tells_the_end_of_the_stream) {
  auto [near, far] = connected();
  far.write_some(asio::buffer(text));
  far.close();
  EXPECT_EQ(next(near).seen, text);
  EXPECT_EQ(next(near).error, asio::error::eof);
}

TEST_F(a_read_or_receive, that_waits_can_be_cancelled_and_loses_nothing) {
  auto [near, far] = connected();
  std::string bytes(10, '\0');
  std::error_code error;
  near.async_read_or_receive(asio::buffer(bytes), long_message,
                             [&](std::error_code ec, std::size_t, const message_view& v) {
                               error = ec;
                               EXPECT_TRUE(v.empty());
                             });
  near.cancel();
  io.restart();
  io.run();
  EXPECT_EQ(error, asio::error::operation_aborted);
  far.write_some(asio::buffer(text));
  EXPECT_EQ(next(near).seen, text);
}

TEST_F(a_read_or_receive, of_random_messages_is_the_stream) {
  auto [near, far] = connected({}, {.ring_size = 64 * 1024});
  const std::string sent = pattern(3'000'000);
  std::string got;
  spawn([](stream& s, const std::string& all) -> awaitable<void> {
    std::size_t seed = 1;
    for (std::size_t at = 0; at < all.size();) {
      seed = seed * 48271 % 2147483647;
      const std::size_t n =
          std::min(all.size() - at, 1 + (seed % 3 == 0 ? seed % 30'000 : seed % 200));
      co_await asio::async_write(s, asio::buffer(all.data() + at, n), use_awaitable);
      at += n;
    }
    s.close();
  }(far, sent));
  spawn([](stream& s, std::string& to) -> awaitable<void> {
    std::string bytes(5000, '\0');
    for (;;) {
      auto [ec, n, view] =
          co_await s.async_read_or_receive(asio::buffer(bytes), long_message, no_throw);
      if (ec) break;
      to.append(bytes, 0, n);
      for (const auto& piece : view)
        to.append(static_cast<const char*>(piece.data()), piece.size());
    }
  }(near, got));
  io.restart();
  io.run();
  EXPECT_TRUE(got == sent);
}

TEST_F(a_read_or_receive, sees_a_write_of_up_to_five_eighths_of_the_ring_in_one_piece) {
  auto [near, far] = connected({}, {.ring_size = 64 * 1024});
  const std::size_t room = far.send_buffer_size();
  EXPECT_EQ(room, 64 * 1024 - 32);
  const auto whole = pattern(room / 8 * 5 - 8), longer = pattern(room / 8 * 5 - 7);
  EXPECT_EQ(far.write_some(asio::buffer(whole)), whole.size());
  EXPECT_TRUE(next(near).seen == whole);
  EXPECT_EQ(far.write_some(asio::buffer(longer)), room / 2 - 8);
}

}  // namespace
}  // namespace v4v::test
