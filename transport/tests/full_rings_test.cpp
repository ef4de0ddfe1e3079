// Peers that only write, or that never read, until every ring between the two is full.

#include <chrono>

#include "attack.hpp"

namespace v4v::test {
namespace {

class full_rings : public under_attack {
 protected:
  static constexpr port_type data_port = 78;

  struct end {
    stream s;
    endpoint to;
    port_type from, ring;
    std::uint32_t id;
    outcome write{};
  };

  std::unique_ptr<end> accepted(bool extended) {
    peer.open(its_port, 1, 1024);
    peer.send(its_port, service, extended ? extended_syn : V4V_STREAM_SYN, conid);
    stream s = accept(listening);
    const auto ack = peer.take_one(its_port);
    const endpoint to = extended ? endpoint{1, port_in(ack)} : service;
    return std::unique_ptr<end>(new end{std::move(s), to, its_port, its_port, conid});
  }
  std::unique_ptr<end> connected(bool extended) {
    peer.open(its_service, any_domain, 1024);
    peer.open(data_port, 1, 1024);
    stream s(victim, {4096});
    s.async_connect(peer.at(its_service), [](std::error_code) {});
    look();
    const auto syn = peer.take_one(its_service);
    const endpoint to{1, syn.from};
    peer.send(its_service, to, extended ? extended_ack : V4V_STREAM_ACK, syn.conid,
              port_message(data_port));
    look();
    return std::unique_ptr<end>(
        new end{std::move(s), to, its_service, extended ? data_port : its_service, syn.conid});
  }
  std::unique_ptr<end> in_role(bool accepts, bool extended) {
    return accepts ? accepted(extended) : connected(extended);
  }

  /// Neither side reads, and both write until nothing goes any more.
  void fill_both_ways(end& e) {
    asio::async_write(e.s, asio::buffer(bytes), e.write.handler());
    for (int full = 0; full < 2; look())
      full = peer.send(e.from, e.to, 0, e.id, bytes.substr(0, 500)) < 0 ? full + 1 : 0;
    EXPECT_FALSE(e.write.called);
  }

  const std::string bytes = pattern(20'000);
};

TEST_F(full_rings, of_a_peer_that_only_writes_are_no_matter_for_others) {
  for (const bool accepts : {false, true}) {
    auto e = in_role(accepts, true);
    fill_both_ways(*e);
    expect_honest_peers_notice_nothing();
    stream late(neighbour, {4096});
    late.async_connect(service, [](std::error_code ec) { EXPECT_FALSE(ec) << ec.message(); });
    stream s = accept(listening);
    EXPECT_EQ(write(s), "sent");
    EXPECT_EQ(read(late), "data w");
    e->s.close();
    look();
  }
}

TEST_F(full_rings, of_a_plain_peer_stop_its_service_until_it_is_read_or_closed) {
  for (const bool is_read : {false, true}) {
    auto e = accepted(false);
    fill_both_ways(*e);
    expect_honest_peers_notice_nothing();  // who is in has a ring of its own
    stream late(neighbour, {4096});
    late.async_connect(service, [](std::error_code ec) { EXPECT_FALSE(ec) << ec.message(); });
    stream s = accept(listening);
    EXPECT_FALSE(s.is_open()) << "the request is behind what nobody reads";
    if (is_read) {
      while (read(e->s).starts_with("data")) {
      }
    } else {
      e->s.close();
    }
    s = accept(listening);
    ASSERT_TRUE(s.is_open());
    EXPECT_EQ(write(s), "sent");
    EXPECT_EQ(read(late), "data w");
    e->s.close();
    peer.take(its_port);
    look();
    expect_honest_peers_notice_nothing();
  }
}

TEST_F(full_rings, are_read_to_their_end_in_order) {
  for (const bool accepts : {false, true}) {
    for (const bool extended : {false, true}) {
      auto e = in_role(accepts, extended);
      fill_both_ways(*e);
      std::string got;
      for (int tries = 0; !e->write.called && tries < 1000; ++tries) {
        for (const auto& m : peer.take(e->ring))
          got += m.data;
        look();
      }
      for (const auto& m : peer.take(e->ring))
        got += m.data;
      EXPECT_TRUE(got == bytes);
      EXPECT_EQ(e->write.bytes, bytes.size());
      const std::string piece = "data " + bytes.substr(0, 500);
      EXPECT_TRUE(read(e->s).starts_with(piece));
      expect_honest_peers_notice_nothing();
    }
  }
}

TEST_F(full_rings, of_an_end_that_closes_are_given_up_for_a_peer_that_goes_on_writing) {
  for (const bool accepts : {false, true}) {
    auto e = in_role(accepts, true);
    fill_both_ways(*e);
    e->s.close();
    look();
    EXPECT_EQ(e->write.error, asio::error::operation_aborted);
    peer.send(e->from, e->to, 0, e->id, "more");
    look();
    EXPECT_EQ(peer.send(e->from, e->to, 0, e->id), -ECONNREFUSED);
    expect_honest_peers_notice_nothing();
  }
}

TEST_F(full_rings, of_an_end_that_closes_bring_the_rst_when_they_are_read) {
  for (const bool accepts : {false, true}) {
    for (const bool extended : {false, true}) {
      auto e = in_role(accepts, extended);
      fill_both_ways(*e);
      while (write(e->s) == "sent") {
      }
      e->s.close();
      look();
      std::uint32_t last = 0;
      for (int i = 0; i < 3; ++i, look())
        for (const auto& m : peer.take(e->ring))
          last = m.flags;
      EXPECT_EQ(last, V4V_STREAM_RST);
      expect_honest_peers_notice_nothing();
    }
  }
  idle.cancel();
  io.restart();
  io.run_for(std::chrono::seconds(10));
  EXPECT_TRUE(io.stopped()) << "nothing is owed any more";
}

TEST_F(full_rings, of_pings_are_answered_as_far_as_there_is_room) {
  for (const bool accepts : {false, true}) {
    for (const bool extended : {false, true}) {
      auto e = in_role(accepts, extended);
      for (int i = 0; i < 5000; ++i) {
        peer.send(e->from, e->to, V4V_STREAM_PING, e->id);
        if (i % 50 == 0) look();
      }
      look();
      expect_honest_peers_notice_nothing();
      EXPECT_EQ(peer.take(e->ring).size(), 1024 / 32 - 1u);
      EXPECT_EQ(read(e->s), "waits");
      EXPECT_EQ(write(e->s), "sent");
    }
  }
}

}  // namespace
}  // namespace v4v::test
