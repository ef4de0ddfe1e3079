// The wire as the V4V drivers in the field speak it, in both roles, and as nobody should.

#include <random>

#include "raw_peer.hpp"
#include "two_domains.hpp"

namespace v4v::test {
namespace {

class a_plain_peer : public two_domains {
 protected:
  static constexpr std::uint32_t conid = 0xc0ffee;

  // An accept that waits keeps the server looking at its ring.
  void look() {
    io.restart();
    io.poll();
  }

  stream accept(acceptor& a, raw_peer& peer, std::uint32_t id = conid) {
    stream s(server);
    a.async_accept([&](std::error_code, stream t) { s = std::move(t); });
    EXPECT_EQ(peer.send(service, V4V_STREAM_SYN, id), 8);
    look();
    EXPECT_TRUE(s.is_open());
    const auto answer = peer.receive();
    EXPECT_TRUE(answer && answer->flags == V4V_STREAM_ACK && answer->conid == id);
    return s;
  }

  std::string read(stream& s, std::error_code expected = {}) {
    std::string got(100, '\0');
    outcome o;
    s.async_read_some(asio::buffer(got), o.handler());
    look();
    EXPECT_TRUE(o.called);
    EXPECT_EQ(o.error, expected) << o.error.message();
    got.resize(o.bytes);
    return got;
  }
};

TEST_F(a_plain_peer, connects_sends_receives_and_closes) {
  acceptor a(server, service.port());
  raw_peer peer(hypervisor, 3, 0x80001234, 1);
  stream s = accept(a, peer);
  EXPECT_EQ(s.remote_endpoint(), peer.address());
  peer.send(service, 0, conid, "to the ");
  peer.send(service, 0, conid, "server");
  EXPECT_EQ(read(s), "to the ");
  EXPECT_EQ(read(s), "server");

  outcome write;
  s.async_write_some(asio::buffer("to the peer", 11), write.handler());
  look();
  const auto got = peer.receive();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->flags, 0u);
  EXPECT_EQ(got->conid, conid);
  EXPECT_EQ(got->data, "to the peer");
  EXPECT_EQ(got->source.port, service.port());

  peer.send(service, 0, conid, "bye");
  peer.send(service, V4V_STREAM_RST, conid);
  EXPECT_EQ(read(s), "bye");
  read(s, asio::error::eof);
}

TEST_F(a_plain_peer, accepts_sends_receives_and_closes) {
  raw_peer peer(hypervisor, 3, 77, any_domain);
  stream s(client);
  outcome connect;
  s.async_connect(peer.address(), connect.handler());
  look();
  const auto syn = peer.receive();
  ASSERT_TRUE(syn);
  EXPECT_EQ(syn->flags, V4V_STREAM_SYN | V4V_STREAM_EXTENDED);
  EXPECT_EQ(syn->source.domain, 2);
  const endpoint to{syn->source.domain, syn->source.port};
  EXPECT_EQ(to, s.local_endpoint());
  peer.send(to, V4V_STREAM_ACK, syn->conid);
  look();
  EXPECT_TRUE(connect.called && !connect.error);

  peer.send(to, 0, syn->conid, "hello");
  EXPECT_EQ(read(s), "hello");
  outcome write;
  s.async_write_some(asio::buffer("hi", 2), write.handler());
  look();
  EXPECT_EQ(peer.receive()->data, "hi");
  s.close();
  const auto rst = peer.receive();
  ASSERT_TRUE(rst);
  EXPECT_EQ(rst->flags, V4V_STREAM_RST);
  EXPECT_EQ(rst->conid, syn->conid);
}

TEST_F(a_plain_peer, refuses_with_rst) {
  raw_peer peer(hypervisor, 3, 77, any_domain);
  stream s(client);
  outcome connect;
  s.async_connect(peer.address(), connect.handler());
  look();
  const auto syn = peer.receive();
  ASSERT_TRUE(syn);
  peer.send({2, syn->source.port}, V4V_STREAM_RST, syn->conid);
  look();
  EXPECT_EQ(connect.error, asio::error::connection_refused);
}

TEST_F(a_plain_peer, gets_a_pong_for_a_ping_in_both_roles) {
  acceptor a(server, service.port());
  raw_peer peer(hypervisor, 3, 0x80001234, 1);
  stream s = accept(a, peer);
  outcome waiting;
  char byte = 0;
  s.async_read_some(asio::buffer(&byte, 1), waiting.handler());
  peer.send(service, V4V_STREAM_PING, conid);
  look();
  auto answer = peer.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->flags, V4V_STREAM_PONG);
  EXPECT_EQ(answer->conid, conid);
  peer.send(service, V4V_STREAM_PONG, conid);
  look();
  EXPECT_FALSE(peer.receive()) << "a PONG is not answered";
  EXPECT_FALSE(waiting.called) << "neither carries data";

  raw_peer listening(hypervisor, 4, 77, any_domain);
  stream t(client);
  outcome connect, read_waits;
  t.async_connect(listening.address(), connect.handler());
  look();
  const auto syn = listening.receive();
  ASSERT_TRUE(syn);
  const endpoint to{2, syn->source.port};
  listening.send(to, V4V_STREAM_ACK, syn->conid);
  listening.send(to, V4V_STREAM_PING, syn->conid);
  look();
  t.async_read_some(asio::buffer(&byte, 1), read_waits.handler());
  look();
  answer = listening.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->flags, V4V_STREAM_PONG);
  EXPECT_FALSE(read_waits.called);
}

TEST_F(a_plain_peer, that_sends_before_it_is_connected_is_reset) {
  acceptor a(server, service.port());
  outcome accept_waits;
  a.async_accept([&](std::error_code ec, const stream&) { accept_waits.handler()(ec); });
  look();
  raw_peer peer(hypervisor, 3, 0x80001234, 1);
  peer.send(service, 0, conid, "data out of nowhere");
  look();
  const auto answer = peer.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->flags, V4V_STREAM_RST);
  peer.send(service, V4V_STREAM_RST, conid);
  look();
  EXPECT_FALSE(peer.receive()) << "an RST is never answered";
  EXPECT_FALSE(accept_waits.called);
}

TEST_F(a_plain_peer, with_a_wrong_conid_is_not_heard) {
  acceptor a(server, service.port());
  raw_peer peer(hypervisor, 3, 0x80001234, 1);
  stream s = accept(a, peer);
  peer.send(service, 0, conid + 1, "not mine");
  peer.send(service, V4V_STREAM_RST, conid + 1);
  peer.send(service, 0, conid, "mine");
  EXPECT_EQ(read(s), "mine");
  EXPECT_EQ(peer.receive()->flags, V4V_STREAM_RST);
}

TEST_F(a_plain_peer, that_connects_again_from_the_same_port_ends_what_was_there) {
  acceptor a(server, service.port());
  raw_peer peer(hypervisor, 3, 0x80001234, 1);
  stream s = accept(a, peer);
  peer.send(service, 0, conid, "old");
  stream t = accept(a, peer, conid + 1);
  EXPECT_EQ(read(s), "old");
  read(s, asio::error::connection_reset);
  peer.send(service, 0, conid + 1, "new");
  EXPECT_EQ(read(t), "new");
}

TEST_F(a_plain_peer, that_takes_back_its_request_is_not_accepted) {
  acceptor a(server, service.port());
  raw_peer peer(hypervisor, 3, 0x80001234, 1);
  peer.send(service, V4V_STREAM_SYN, conid);
  peer.send(service, V4V_STREAM_SYN, conid);
  peer.send(service, V4V_STREAM_RST, conid);
  outcome accept_waits;
  a.async_accept([&](std::error_code ec, const stream&) { accept_waits.handler()(ec); });
  look();
  EXPECT_FALSE(accept_waits.called);
}

TEST_F(a_plain_peer, cannot_speak_for_another_domain) {
  raw_peer peer(hypervisor, 3, 77, any_domain), stranger(hypervisor, 4, 77, any_domain);
  stream s(client);
  outcome connect;
  s.async_connect(peer.address(), connect.handler());
  look();
  const auto syn = peer.receive();
  ASSERT_TRUE(syn);
  EXPECT_EQ(stranger.send({2, syn->source.port}, V4V_STREAM_ACK, syn->conid), -ECONNREFUSED);
  look();
  EXPECT_FALSE(connect.called);
}

// Whatever comes, in whatever state: nothing crashes, and the other connection notices nothing.
TEST_F(a_plain_peer, may_send_what_it_likes_and_hurts_nobody) {
  acceptor a(server, service.port(), {64 * 1024, 4});
  raw_peer good(hypervisor, 3, 0x80001234, 1), bad(hypervisor, 4, 0x80001234, 1);
  stream s = accept(a, good);
  std::mt19937 random(7);
  std::vector<stream> accepted;
  for (int round = 0; round < 5000; ++round) {
    const auto id = conid + static_cast<std::uint32_t>(random() % 3);
    switch (random() % 8) {
      case 0:
        bad.send(service, V4V_STREAM_SYN, id);
        break;
      case 1:
        bad.send(service, static_cast<std::uint32_t>(random()), id, "data");
        break;
      case 2:
        bad.send(service, static_cast<std::uint32_t>(random() % 0x400), id);
        break;
      case 3:
        bad.send(service, 0, id, std::string(random() % 3000, 'x'));
        break;
      case 4:
        bad.send_bytes(service, std::string(random() % 12, '\0'), V4V_MESSAGE_STREAM);
        break;
      case 5:
        bad.send_bytes(service, std::string(random() % 100, '\1'),
                       static_cast<std::uint32_t>(random()));
        break;
      case 6:
        a.async_accept([&](std::error_code, stream t) { accepted.push_back(std::move(t)); });
        break;
      default:
        if (!accepted.empty()) accepted.erase(accepted.begin());
        while (bad.receive()) {
        }
    }
    if (round % 10 == 0) {
      const std::string data = pattern(50, static_cast<unsigned>(round));
      ASSERT_EQ(good.send(service, 0, conid, data), 58);
      ASSERT_TRUE(read(s) == data) << round;
    }
  }
}

}  // namespace
}  // namespace v4v::test
