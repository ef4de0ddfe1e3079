// The end of one direction.

#include <string>

#include "raw_peer.hpp"
#include "two_domains.hpp"

namespace v4v::test {
namespace {

class half_close : public two_domains {
 protected:
  void look() {
    io.restart();
    io.poll();
  }

  outcome write(stream& s, const std::string& what) {
    outcome o;
    asio::async_write(s, asio::buffer(what), o.handler());
    look();
    return o;
  }

  // All that comes, and how it ended.
  std::pair<std::string, std::error_code> read_all(stream& s) {
    std::string got(1'000'000, '\0');
    outcome o;
    asio::async_read(s, asio::buffer(got), o.handler());
    look();
    EXPECT_TRUE(o.called);
    got.resize(o.bytes);
    return {got, o.error};
  }

  using result = std::pair<std::string, std::error_code>;
};

TEST_F(half_close, is_end_of_file_and_the_other_direction_goes_on) {
  for (const bool accepted_end : {true, false}) {
    auto [near, far] = connected();
    stream& ends = accepted_end ? near : far;
    stream& goes_on = accepted_end ? far : near;
    EXPECT_FALSE(write(ends, "last words").error);
    ends.shutdown(asio::socket_base::shutdown_send);
    EXPECT_EQ(read_all(goes_on), (result{"last words", asio::error::eof}));
    EXPECT_EQ(read_all(goes_on), (result{"", asio::error::eof})) << "and again";
    for (int i = 0; i < 3; ++i) {
      EXPECT_FALSE(write(goes_on, "and then").error);
      std::string got(8, '\0');
      outcome o;
      asio::async_read(ends, asio::buffer(got), o.handler());
      look();
      EXPECT_EQ(got, "and then");
    }
    goes_on.shutdown(asio::socket_base::shutdown_send);
    EXPECT_EQ(read_all(ends), (result{"", asio::error::eof}));
  }
}

TEST_F(half_close, wakes_a_read_that_waits) {
  auto [near, far] = connected();
  outcome read;
  char byte = 0;
  far.async_read_some(asio::buffer(&byte, 1), read.handler());
  look();
  near.shutdown(asio::socket_base::shutdown_send);
  look();
  EXPECT_TRUE(read.called);
  EXPECT_EQ(read.error, asio::error::eof);
}

TEST_F(half_close, comes_after_the_writes_that_wait_and_lets_none_begin) {
  auto [near, far] = connected({4096});
  const std::string data = pattern(20'000);
  outcome waits, late;
  near.async_write_some(asio::buffer(data), [](std::error_code, std::size_t) {});
  near.async_write_some(asio::buffer(data), [](std::error_code, std::size_t) {});
  near.async_write_some(asio::buffer(data), waits.handler());
  look();
  ASSERT_FALSE(waits.called);
  near.shutdown(asio::socket_base::shutdown_send);
  near.async_write_some(asio::buffer(data), late.handler());
  look();
  EXPECT_EQ(late.error, asio::error::broken_pipe);
  EXPECT_FALSE(waits.called);
  const auto [got, end] = read_all(far);
  EXPECT_TRUE(waits.called);
  EXPECT_FALSE(waits.error);
  EXPECT_EQ(end, asio::error::eof);
  EXPECT_GT(got.size(), 5'000u);
}

TEST_F(half_close, waits_for_room_like_a_write) {
  auto [near, far] = connected({4096});
  const std::string data = pattern(1900);
  for (int i = 0; i < 2; ++i)
    near.async_write_some(asio::buffer(data), [](std::error_code, std::size_t) {});
  for (int i = 0; i < 10; ++i)
    near.async_write_some(asio::buffer("x", 1), [](std::error_code, std::size_t) {});
  look();
  near.cancel();
  near.shutdown(asio::socket_base::shutdown_send);
  look();
  const auto [got, end] = read_all(far);
  EXPECT_TRUE(got == data + data + "xxxx");
  EXPECT_EQ(end, asio::error::eof);
}

TEST_F(half_close, may_be_followed_by_the_end_of_the_connection) {
  auto [near, far] = connected();
  near.shutdown(asio::socket_base::shutdown_both);
  EXPECT_EQ(read_all(far), (result{"", asio::error::eof}));
  near.close();
  EXPECT_EQ(read_all(far), (result{"", asio::error::eof}));
  EXPECT_EQ(write(far, "x").error, asio::error::connection_reset);
}

TEST_F(half_close, of_the_receiving_side_drops_what_comes) {
  for (const bool accepted_end : {true, false}) {
    auto [near, far] = connected({16 * 1024}, {16 * 1024});
    stream& deaf = accepted_end ? near : far;
    stream& talks = accepted_end ? far : near;
    EXPECT_FALSE(write(talks, "unread").error);
    outcome read;
    deaf.shutdown(asio::socket_base::shutdown_receive);
    EXPECT_EQ(read_all(deaf), (result{"", asio::error::eof}));
    // Something of the deaf end's guest must wait, or it would not look at its rings.
    outcome waits;
    acceptor a(accepted_end ? server : client, 1);
    a.async_accept([](std::error_code, const stream&) {});
    EXPECT_FALSE(write(talks, pattern(200'000)).error) << "far more than the ring holds";
    EXPECT_FALSE(write(deaf, "still talking").error);
    std::string got(13, '\0');
    asio::async_read(talks, asio::buffer(got), waits.handler());
    look();
    EXPECT_EQ(got, "still talking");
  }
}

TEST_F(half_close, says_when_it_cannot_be) {
  stream s(client);
  std::error_code ec;
  s.shutdown(asio::socket_base::shutdown_send, ec);
  EXPECT_EQ(ec, asio::error::bad_descriptor);
  EXPECT_THROW(s.shutdown(asio::socket_base::shutdown_send), std::system_error);
  acceptor a(server, service.port());
  s.async_connect(service, [](std::error_code) {});
  s.shutdown(asio::socket_base::shutdown_send, ec);
  EXPECT_EQ(ec, asio::error::not_connected);
  auto [near, far] = [&] {
    a.close();
    return connected();
  }();
  near.close();
  read_all(far);
  far.shutdown(asio::socket_base::shutdown_send, ec);
  EXPECT_EQ(ec, asio::error::not_connected) << "the peer has ended the connection";
}

TEST_F(half_close, is_not_for_plain_peers) {
  acceptor a(server, service.port());
  raw_peer peer(hypervisor, 3, 0x80001234, 1);
  stream s(server);
  a.async_accept([&](std::error_code, stream t) { s = std::move(t); });
  peer.send(service, V4V_STREAM_SYN, 1);
  look();
  std::error_code ec;
  s.shutdown(asio::socket_base::shutdown_send, ec);
  EXPECT_EQ(ec, asio::error::operation_not_supported);
  outcome waits;
  char byte = 0;
  s.async_read_some(asio::buffer(&byte, 1), waits.handler());
  s.shutdown(asio::socket_base::shutdown_receive, ec);
  look();
  EXPECT_EQ(waits.error, asio::error::eof);
  EXPECT_FALSE(ec);
  EXPECT_EQ(read_all(s), (result{"", asio::error::eof}));
}

}  // namespace
}  // namespace v4v::test
