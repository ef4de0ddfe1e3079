// More requests than a service takes, of all kinds; and what is left for an honest client.

#include <map>

#include "attack.hpp"

namespace v4v::test {
namespace {

class a_flood_of_requests : public under_attack {
 protected:
  static constexpr port_type backlog = 4;  // of under_attack::listening
  static constexpr port_type many = 100;

  struct client {
    stream s;
    outcome connect{};
  };
  std::unique_ptr<client> honest_client() {
    auto c = std::unique_ptr<client>(new client{stream(neighbour, {4096}), {}});
    c->s.async_connect(service, c->connect.handler());
    look();
    return c;
  }

  /// Accepts what there is until the honest client is in; says how many came before it.
  int accepted_before(client& c) {
    for (int others = 0; others <= static_cast<int>(backlog); ++others) {
      stream s = accept(listening);
      if (!s.is_open()) break;
      if (s.remote_endpoint() != c.s.local_endpoint()) continue;
      EXPECT_TRUE(c.connect.called && !c.connect.error);
      EXPECT_EQ(write(s), "sent");
      EXPECT_EQ(read(c.s), "data w");
      return others;
    }
    ADD_FAILURE() << "the honest client did not get in";
    return -1;
  }
};

TEST_F(a_flood_of_requests, from_ports_without_rings_keeps_nobody_out) {
  for (port_type port = 1; port < many; ++port)
    peer.send(port, service, port % 2 != 0 ? V4V_STREAM_SYN : extended_syn, port);
  look();
  const auto c = honest_client();
  EXPECT_FALSE(c->connect.called) << c->connect.error.message();
  EXPECT_EQ(accepted_before(*c), 0);
  expect_honest_peers_notice_nothing();
}

TEST_F(a_flood_of_requests, from_ports_with_rings_is_refused_past_the_backlog) {
  for (port_type port = 1; port < many; ++port) {
    peer.open(port, 1, 256);
    peer.send(port, service, port % 2 != 0 ? V4V_STREAM_SYN : extended_syn, port);
  }
  look();
  for (port_type port = 1; port < many; ++port) {
    const auto answers = peer.take(port);
    ASSERT_EQ(answers.size(), port <= backlog ? 0u : 1u);
    if (port <= backlog) continue;
    EXPECT_EQ(answers[0].flags, V4V_STREAM_RST);
    EXPECT_EQ(answers[0].conid, port);
  }
  const auto c = honest_client();
  EXPECT_FALSE(c->connect.called) << "who asks often makes place for who asks once";
  const auto answers = peer.take(backlog);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].flags, V4V_STREAM_RST);
  EXPECT_EQ(accepted_before(*c), static_cast<int>(backlog) - 1);
  expect_honest_peers_notice_nothing();
}

TEST_F(a_flood_of_requests, from_rings_that_are_full_is_kept_and_refused_like_others) {
  for (port_type port = 1; port < many; ++port) {
    peer.open(port, 1, 256);
    peer.fill(port);
    peer.send(port, service, port % 2 != 0 ? V4V_STREAM_SYN : extended_syn, port);
  }
  look();
  std::vector<stream> accepted;
  while (accepted.size() <= backlog) {
    stream s = accept(listening);
    if (!s.is_open()) break;
    EXPECT_EQ(write(s), "waits") << "behind the ACK";
    accepted.push_back(std::move(s));
  }
  EXPECT_EQ(accepted.size(), backlog);
  const auto c = honest_client();
  EXPECT_EQ(accepted_before(*c), 0);
  accepted.clear();
  look();
  expect_honest_peers_notice_nothing();
  for (port_type port = 1; port < many; ++port)
    peer.drain(port);
  look();
  for (port_type port = 1; port < many; ++port) {
    std::vector<std::uint32_t> flags;
    for (const auto& m : peer.take(port))
      flags.push_back(m.flags);
    const auto ack = port % 2 != 0 ? V4V_STREAM_ACK : extended_ack;
    EXPECT_EQ(flags,
              port <= backlog ? (std::vector{ack, V4V_STREAM_RST}) : std::vector<std::uint32_t>{})
        << port;
  }
}

TEST_F(a_flood_of_requests, from_rings_too_small_for_an_answer_is_not_accepted) {
  for (port_type port = 1; port <= backlog; ++port) {
    peer.open(port, 1, 32);
    peer.send(port, service, port % 2 != 0 ? V4V_STREAM_SYN : extended_syn, port);
  }
  look();
  stream none = accept(listening);
  EXPECT_FALSE(none.is_open());
  const auto c = honest_client();
  EXPECT_EQ(accepted_before(*c), 0);
  expect_honest_peers_notice_nothing();
}

TEST_F(a_flood_of_requests, from_one_port_is_one_request_the_last) {
  peer.open(its_port, 1, 256);
  for (std::uint32_t id = 0; id < 1000; ++id) {
    ASSERT_EQ(peer.send(its_port, service, id % 3 != 0 ? V4V_STREAM_SYN : extended_syn, id), 8);
    if (id % 7 == 0) look();
  }
  look();
  EXPECT_TRUE(peer.take(its_port).empty());
  const auto c = honest_client();
  EXPECT_EQ(accepted_before(*c), 1);
  const auto answers = peer.take(its_port);
  ASSERT_GE(answers.size(), 1u);
  EXPECT_EQ(answers[0].conid, 999u);
  EXPECT_EQ(answers[0].flags, extended_ack);
  expect_honest_peers_notice_nothing();
}

TEST_F(a_flood_of_requests, that_are_taken_back_at_once_leaves_nothing) {
  for (port_type port = 1; port < many; ++port) {
    peer.open(port, 1, 256);
    peer.send(port, service, V4V_STREAM_SYN, port);
    peer.send(port, service, V4V_STREAM_RST, port);
    if (port % 5 == 0) look();
  }
  look();
  const auto c = honest_client();
  EXPECT_EQ(accepted_before(*c), 0);
  for (port_type port = 1; port < many; ++port)
    EXPECT_TRUE(peer.take(port).empty()) << "an RST is never answered";
}

TEST_F(a_flood_of_requests, that_fills_the_ring_makes_others_wait_until_it_is_read) {
  peer.open(its_port, 1, 256);
  std::uint32_t id = 0;
  while (peer.send(its_port, service, V4V_STREAM_SYN, ++id) > 0) {
  }
  auto c = std::unique_ptr<client>(new client{stream(neighbour, {4096}), {}});
  c->s.async_connect(service, c->connect.handler());  // finds no room
  look();
  EXPECT_FALSE(c->connect.called);
  EXPECT_EQ(accepted_before(*c), 1);
  expect_honest_peers_notice_nothing();
}

}  // namespace
}  // namespace v4v::test
