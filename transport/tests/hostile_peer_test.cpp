// Peers that follow their own interest, or nobody's. What they can do to this side is bounded.

#include "raw_peer.hpp"
#include "two_domains.hpp"

namespace v4v::test {
namespace {

class a_hostile_peer : public two_domains {
 protected:
  static constexpr std::uint32_t conid = 0xbad;
  static constexpr port_type port = 0x80001234;

  void look() {
    io.restart();
    io.poll();
  }
  stream accept_one(acceptor& a, outcome& accepted) {
    stream s(server);
    a.async_accept([&](std::error_code ec, stream t) {
      accepted.handler()(ec);
      s = std::move(t);
    });
    look();
    return s;
  }
};

TEST_F(a_hostile_peer, that_asks_twice_from_one_port_has_one_request) {
  acceptor a(server, service.port());
  raw_peer peer(hypervisor, 3, port, 1);
  peer.send(service, V4V_STREAM_SYN, 1);
  peer.send(service, V4V_STREAM_SYN, 2);
  outcome first, second;
  stream s = accept_one(a, first);
  a.async_accept([&](std::error_code ec, const stream&) { second.handler()(ec); });
  look();
  EXPECT_TRUE(first.called);
  EXPECT_FALSE(second.called);
  a.close();
  peer.send(service, 0, 2, "the last one is meant");
  std::string got(30, '\0');
  outcome read;
  s.async_read_some(asio::buffer(got), read.handler());
  look();
  EXPECT_EQ(got.substr(0, read.bytes), "the last one is meant");
}

TEST_F(a_hostile_peer, cannot_fill_the_backlog_from_ports_where_it_has_no_ring) {
  acceptor a(server, service.port(), {64 * 1024, 8});
  acceptor other(server, 6000);
  other.async_accept([](std::error_code, const stream&) {});
  raw_peer peer(hypervisor, 3, 1, any_domain);
  for (port_type claimed = 2; claimed < 50; ++claimed)
    peer.send_as(claimed, service, V4V_STREAM_SYN, claimed);
  look();
  outcome connect;
  stream s(client);
  s.async_connect(service, connect.handler());
  look();
  EXPECT_FALSE(connect.called) << connect.error.message();
}

TEST_F(a_hostile_peer, is_owed_nothing_once_it_asks_anew) {
  acceptor a(server, service.port());
  raw_peer peer(hypervisor, 3, port, 1, 4096);
  for (std::uint32_t id = 1; id < 1000; ++id) {
    peer.send(service, V4V_STREAM_SYN, id);
    outcome accepted;
    stream s = accept_one(a, accepted);
    ASSERT_TRUE(accepted.called) << id;
    s.close();  // the peer never reads: sooner or later the RST does not fit any more
  }
  EXPECT_TRUE(peer.receive());
}

TEST_F(a_hostile_peer, that_asks_whether_we_live_is_answered_once_and_keeps_nothing_waiting) {
  acceptor a(server, service.port());
  raw_peer peer(hypervisor, 3, port, 1, 4096);
  peer.send(service, V4V_STREAM_SYN, conid);
  outcome accepted;
  stream s = accept_one(a, accepted);
  const std::string fill(1900, 'x');
  outcome writes[2];
  for (auto& w : writes)
    s.async_write_some(asio::buffer(fill), w.handler());
  look();
  for (int i = 0; i < 100; ++i)
    peer.send(service, V4V_STREAM_PING, conid);
  char byte = 0;
  outcome read;
  s.async_read_some(asio::buffer(&byte, 1), read.handler());
  look();
  s.cancel();
  io.restart();
  io.run();  // returns: nothing is left that would wait for room in the peer's ring
  EXPECT_TRUE(read.called);
}

TEST_F(a_hostile_peer, that_vanishes_and_comes_back_deaf_is_read_to_its_end) {
  acceptor keep(client, 9);
  keep.async_accept([](std::error_code, const stream&) {});
  auto peer = std::make_unique<raw_peer>(hypervisor, 4, 77, any_domain);
  stream s(client);
  outcome connect;
  s.async_connect({4, 77}, connect.handler());
  look();
  const auto syn = peer->receive();
  ASSERT_TRUE(syn);
  const endpoint to{2, syn->source.port};
  peer->send(to, V4V_STREAM_ACK, syn->conid);
  look();
  ASSERT_TRUE(connect.called);
  peer->send(to, 0, syn->conid, "abc");
  peer->send(to, V4V_STREAM_PING, syn->conid);
  peer.reset();
  look();
  raw_peer again(hypervisor, 4, 77, any_domain);
  again.break_ring();
  std::string got(10, '\0');
  outcome read, end;
  s.async_read_some(asio::buffer(got), read.handler());
  look();
  EXPECT_EQ(read.bytes, 3u);
  s.async_read_some(asio::buffer(got), end.handler());
  look();
  EXPECT_EQ(end.error, asio::error::connection_reset);
}

TEST_F(a_hostile_peer, that_offers_what_we_do_not_know_gets_what_we_know) {
  acceptor a(server, service.port());
  raw_peer peer(hypervisor, 3, port, 1);
  peer.send(service, V4V_STREAM_SYN | 0x40000, conid);
  outcome accepted;
  stream s = accept_one(a, accepted);
  ASSERT_TRUE(accepted.called);
  EXPECT_EQ(peer.receive()->flags, V4V_STREAM_ACK);
}

TEST_F(a_hostile_peer, whose_ring_is_full_may_outlive_the_guest_that_owes_it) {
  auto third = std::make_unique<guest>(io, embedded_link(hypervisor, 5));
  acceptor a(*third, 5000);
  raw_peer peer(hypervisor, 3, port, 5, 4096);
  peer.send({5, 5000}, V4V_STREAM_SYN, conid);
  stream s(*third);
  a.async_accept([&](std::error_code, stream t) { s = std::move(t); });
  look();
  ASSERT_TRUE(s.is_open());
  const std::string fill(1900, 'x');
  for (int i = 0; i < 4; ++i)
    s.async_write_some(asio::buffer(fill), [](std::error_code, std::size_t) {});
  look();
  third.reset();
  s.cancel();
  s.close();
  look();
}

using a_writer = a_hostile_peer;

TEST_F(a_writer, that_never_reads_learns_that_its_peer_has_closed) {
  for (const bool with_unread_data : {false, true}) {
    auto [near, far] = connected();
    if (with_unread_data) {
      near.async_write_some(asio::buffer("unread", 6), [](std::error_code, std::size_t) {});
      look();
    }
    near.close();
    outcome write;
    far.async_write_some(asio::buffer("x", 1), write.handler());
    look();
    EXPECT_EQ(write.error, asio::error::connection_reset);
    std::string got(10, '\0');
    outcome read;
    asio::async_read(far, asio::buffer(got), read.handler());
    look();
    EXPECT_EQ(read.error, asio::error::eof);
    EXPECT_EQ(read.bytes, with_unread_data ? 6u : 0u);
  }
}

using moving = a_hostile_peer;

TEST_F(moving, leaves_a_stream_that_can_be_used_and_connected_again) {
  auto [near, far] = connected();
  stream moved = std::move(far);
  outcome read, connect;
  char byte = 0;
  far.async_read_some(asio::buffer(&byte, 1), read.handler());
  far.async_connect({1, 4999}, connect.handler());
  look();
  EXPECT_EQ(read.error, asio::error::bad_descriptor);
  EXPECT_EQ(connect.error, asio::error::connection_refused);
  stream& self = moved;
  moved = std::move(self);
  EXPECT_TRUE(moved.is_open());

  acceptor a(server, 7000);
  acceptor b = std::move(a);
  EXPECT_FALSE(a.is_open());
  outcome accept;
  a.async_accept([&](std::error_code ec, const stream&) { accept.handler()(ec); });
  look();
  EXPECT_EQ(accept.error, asio::error::bad_descriptor);
}

TEST_F(moving, without_a_backlog_an_accept_that_waits_is_served) {
  acceptor a(server, 7000, {64 * 1024, 0});
  outcome accept, connect;
  a.async_accept([&](std::error_code ec, const stream&) { accept.handler()(ec); });
  stream s(client);
  s.async_connect({1, 7000}, connect.handler());
  look();
  EXPECT_TRUE(accept.called && connect.called && !connect.error);
}

}  // namespace
}  // namespace v4v::test
