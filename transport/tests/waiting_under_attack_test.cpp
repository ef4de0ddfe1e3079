// Who waits for bytes or for room, and what a peer can do to have it woken too early or never.

#include "attack.hpp"

namespace v4v::test {
namespace {

class a_wait_under_attack : public under_attack {
 protected:
  /// A connection from the peer; where it is to send to.
  std::pair<stream, endpoint> accepted(bool extended, std::uint32_t ring = 2048) {
    peer.open(its_port, 1, ring);
    peer.send(its_port, service, extended ? extended_syn : V4V_STREAM_SYN, conid);
    stream s = accept(listening);
    const endpoint data{1, extended ? port_in(peer.take_one(its_port)) : service.port()};
    return {std::move(s), data};
  }
};

TEST_F(a_wait_under_attack, for_bytes_is_not_over_when_a_message_brings_none) {
  for (const bool extended : {false, true}) {
    auto [s, to] = accepted(extended);
    outcome wait;
    s.async_wait(asio::socket_base::wait_read, wait.handler());
    peer.send(its_port, to, 0, conid);
    look();
    EXPECT_FALSE(wait.called) << extended;
    peer.send(its_port, to, 0, conid, "x");
    look();
    EXPECT_TRUE(wait.called) << extended;
    EXPECT_EQ(read(s), "data x");
  }
}

TEST_F(a_wait_under_attack, for_bytes_is_not_over_when_a_read_before_it_took_them) {
  auto [s, to] = accepted(false);
  outcome read, wait;
  char byte = 0;
  s.async_read_some(asio::buffer(&byte, 1), read.handler());
  s.async_wait(asio::socket_base::wait_read, wait.handler());
  peer.send(its_port, to, 0, conid, "x");
  look();
  EXPECT_TRUE(read.called);
  EXPECT_FALSE(wait.called);
  s.cancel();
  look();
}

TEST_F(a_wait_under_attack, for_bytes_gives_back_the_room_of_what_is_no_data) {
  for (const bool extended : {false, true}) {
    auto [s, to] = accepted(extended);
    outcome wait;
    s.async_wait(asio::socket_base::wait_read, wait.handler());
    for (int i = 0; i < 1000; ++i) {
      ASSERT_EQ(peer.send(its_port, to, V4V_STREAM_PONG, conid), 8) << i;
      look();
    }
    EXPECT_FALSE(wait.called);
    s.cancel();
    look();
  }
}

TEST_F(a_wait_under_attack, for_room_that_there_will_never_be_ends_as_a_write_would) {
  auto [s, to] = accepted(false, 48);  // an ACK fits, but a byte of data is too much for half of it
  ASSERT_TRUE(s.is_open());
  peer.take(its_port);
  EXPECT_EQ(write(s), std::make_error_code(std::errc::message_size).message());
  outcome wait;
  s.async_wait(asio::socket_base::wait_write, wait.handler());
  look();
  EXPECT_TRUE(wait.called);
  s.cancel();
  look();
}

}  // namespace
}  // namespace v4v::test
