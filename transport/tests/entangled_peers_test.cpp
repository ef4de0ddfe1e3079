// A hostile domain whose connections have to do with each other: they share a ring of its, or one
// of the victim's, and what happens to one comes in the middle of what happens to another.

#include "attack.hpp"

namespace v4v::test {
namespace {

class entangled_connections : public under_attack {
 protected:
  /// A plain connection from a port of the peer's.
  stream accept_plain(acceptor& a, port_type from, std::uint32_t ring = 2048) {
    peer.open(from, 1, ring);
    peer.send(from, service, V4V_STREAM_SYN, conid);
    stream s = accept(a);
    EXPECT_EQ(peer.take_one(from).flags, V4V_STREAM_ACK);
    return s;
  }

  struct connected_stream {
    stream s;
    endpoint address;
    std::uint32_t id;
  };
  connected_stream connect_plain() {
    stream s(victim, {4096});
    outcome connect;
    s.async_connect(peer.at(its_service), connect.handler());
    look();
    const auto syn = peer.take_one(its_service);
    const endpoint address{1, syn.from};
    peer.send(its_service, address, V4V_STREAM_ACK, syn.conid);
    look();
    EXPECT_TRUE(connect.called && !connect.error);
    return {std::move(s), address, syn.conid};
  }

  /// Writes until nothing fits into the peer's ring, and leaves a write waiting.
  void fill(stream& s, outcome& waits) {
    while (write(s) == "sent") {
    }
    s.async_write_some(asio::buffer("w", 1), waits.handler());
    look();
    EXPECT_FALSE(waits.called);
  }

  /// Sends until the queue of a plain connection is full, and one message more.
  void stall(port_type from) {
    for (std::uint32_t sent = 0; sent <= queue_limit; sent += 2000) {
      EXPECT_GT(peer.send(from, service, 0, conid, std::string(2000, 'x')), 0);
      look();
    }
  }
};

TEST_F(entangled_connections, one_that_ends_may_let_another_one_go_that_was_to_be_looked_at_next) {
  peer.open(its_service, any_domain, 512);
  auto first = connect_plain();
  auto second = connect_plain();
  outcome write;
  fill(second.s, write);
  first.s.close();  // owes an RST, behind that write
  peer.send(its_service, second.address, V4V_STREAM_RST, second.id);
  peer.take(its_service);
  look();
  EXPECT_EQ(write.error, asio::error::connection_reset);
  const auto rst = peer.take_one(its_service);
  EXPECT_TRUE(rst.flags == V4V_STREAM_RST && rst.conid == first.id);
  expect_honest_peers_notice_nothing();
}

TEST_F(entangled_connections, of_two_services_that_come_back_together_are_accepted_once_each) {
  constexpr port_type p = its_port, q = its_port + 1, r = its_port + 2;
  const endpoint other_service{1, 5001};
  acceptor other(victim, other_service.port(), {queue_limit, 4});
  stream old_q = accept_plain(listening, q);
  peer.open(p, 1);
  peer.send(p, other_service, V4V_STREAM_SYN, conid);
  stream old_p = accept(other);
  ASSERT_TRUE(old_q.is_open() && old_p.is_open());

  std::vector<endpoint> accepted, accepted_by_other;
  std::vector<stream> streams;
  const auto accept_into = [&](acceptor& a, std::vector<endpoint>& into) {
    a.async_accept([&](std::error_code ec, stream s) {
      if (ec) return;
      into.push_back(s.remote_endpoint());
      streams.push_back(std::move(s));
    });
  };
  accept_into(listening, accepted);
  accept_into(other, accepted_by_other);
  look();
  for (const port_type port : {p, q, r})
    peer.open(port, 1);
  peer.send(p, service, V4V_STREAM_SYN, 1);
  peer.send(q, other_service, V4V_STREAM_SYN, 2);
  peer.send(r, service, V4V_STREAM_SYN, 3);
  look();
  EXPECT_EQ(accepted, std::vector{peer.at(p)});
  EXPECT_EQ(accepted_by_other, std::vector{peer.at(q)});
  EXPECT_EQ(read(old_q), reset);
  EXPECT_EQ(read(old_p), reset);
  accept_into(listening, accepted);
  look();
  EXPECT_EQ(accepted, (std::vector{peer.at(p), peer.at(r)}));
  EXPECT_EQ(peer.take_one(p).conid, 1u);
  EXPECT_EQ(peer.take_one(q).conid, 2u);
  EXPECT_EQ(peer.take_one(r).conid, 3u);
  expect_honest_peers_notice_nothing();
}

TEST_F(entangled_connections, a_request_behind_the_bytes_that_closing_drops_takes_what_was_owed) {
  stream s = accept_plain(listening, its_port, 256);
  outcome write;
  fill(s, write);
  stall(its_port);
  peer.send(its_port, service, V4V_STREAM_SYN, conid + 1);
  s.close();
  look();
  EXPECT_EQ(write.error, asio::error::operation_aborted);
  stream again = accept(listening);
  EXPECT_TRUE(again.is_open());
  again.close();
  peer.take(its_port);
  look();
  listening.close();
  look();
  EXPECT_NO_THROW(acceptor(victim, service.port())) << "nothing needs the ring any more";
  expect_honest_peers_notice_nothing();
}

TEST_F(entangled_connections, an_end_that_owes_keeps_its_ring_whatever_another_one_was_spared) {
  stream s = accept_plain(listening, its_port, 256);
  stream t = accept_plain(listening, its_port + 1, 256);
  outcome write, other;
  fill(s, write);
  fill(t, other);
  stall(its_port);
  peer.send(its_port, service, V4V_STREAM_SYN, conid + 1);
  s.close();
  t.close();
  listening.close();
  look();
  peer.take(its_port + 1);
  look();
  EXPECT_EQ(peer.take_one(its_port + 1).flags, V4V_STREAM_RST);
  expect_honest_peers_notice_nothing();
}

TEST_F(entangled_connections, a_synchronous_read_of_one_lets_the_others_go_on) {
  stream s = accept_plain(listening, its_port);
  stream t = accept_plain(listening, its_port + 1);
  stall(its_port);
  peer.send(its_port + 1, service, 0, conid, "behind it");
  outcome waits;
  std::string got(9, '\0');
  t.async_read_some(asio::buffer(got), waits.handler());
  look();
  EXPECT_FALSE(waits.called);
  std::string bytes(2000, '\0');
  s.non_blocking(true);
  EXPECT_EQ(s.read_some(asio::buffer(bytes)), bytes.size());
  look();
  EXPECT_TRUE(waits.called);
  EXPECT_EQ(got, "behind it");
}

}  // namespace
}  // namespace v4v::test
