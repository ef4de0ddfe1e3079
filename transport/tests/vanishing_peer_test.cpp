// A peer whose ring goes in the middle of each state: given up, made anew, or with its domain. What
// it said before is heard, nothing is left owing, and what is there anew is told nothing.

#include <chrono>

#include "attack.hpp"

namespace v4v::test {
namespace {

class a_vanishing_peer : public under_attack {
 protected:
  enum class by { giving_up_its_ring, making_it_anew, dying };
  enum class state { idle, writing, fin_from_it, fin_from_us, fin_owed, closed };

  static constexpr by ways[] = {by::giving_up_its_ring, by::making_it_anew, by::dying};
  static constexpr state states[] = {state::idle,        state::writing,  state::fin_from_it,
                                     state::fin_from_us, state::fin_owed, state::closed};
  static constexpr port_type data_port = 78;

  void begin() { lost.emplace(hypervisor, domain_type{9}); }
  void vanish(by how, port_type port, domain_type partner) {
    switch (how) {
      case by::giving_up_its_ring:
        return lost->close(port);
      case by::making_it_anew:
        return lost->open(port, partner);
      case by::dying:
        return lost->die();
    }
  }

  /// Brings an established connection into a state, has the peer vanish, and looks at the rest.
  void check(stream& s, const endpoint& to, port_type from, std::uint32_t id, state now, by how,
             port_type ring, domain_type partner) {
    outcome write_waits;
    lost->take(ring);
    lost->send(from, to, 0, id, "last words");
    if (now == state::fin_from_it) lost->send(from, to, V4V_STREAM_FIN, id);
    if (now == state::fin_from_us) s.shutdown(asio::socket_base::shutdown_send);
    if (now != state::fin_from_us) lost->fill(ring);
    if (now == state::writing) s.async_write_some(asio::buffer("w", 1), write_waits.handler());
    if (now == state::fin_owed) s.shutdown(asio::socket_base::shutdown_send);
    if (now == state::closed) s.close();
    look();
    vanish(how, ring, partner);
    look();
    if (now == state::writing) {
      EXPECT_EQ(write_waits.error, asio::error::connection_reset);
    }
    if (now != state::closed) {
      EXPECT_EQ(read(s), "data last words");
      EXPECT_EQ(read(s), now == state::fin_from_it ? eof : reset);
      const bool is_shut = now == state::fin_from_us || now == state::fin_owed;
      EXPECT_EQ(write(s), is_shut ? broken_pipe : reset);
    }
    s.close();
    look();
    expect_told_nothing(how, ring);
    expect_honest_peers_notice_nothing();
  }

  /// What came in place of the ring that has gone was told nothing of what was before it.
  void expect_told_nothing(by how, port_type ring) {
    if (how == by::making_it_anew) {
      EXPECT_TRUE(lost->take(ring).empty());
    }
  }

  /// No work is under way for one that is gone.
  void expect_nothing_owed() {
    idle.cancel();
    io.restart();
    io.run_for(std::chrono::seconds(10));
    EXPECT_TRUE(io.stopped());
    listening.close();
    EXPECT_NO_THROW(acceptor(victim, service.port()));
  }

  std::optional<attacker> lost;
};

TEST_F(a_vanishing_peer, that_was_accepted_is_lost_in_each_state) {
  for (const by how : ways) {
    for (const bool extended : {false, true}) {
      for (const state now : states) {
        if (!extended && now != state::idle && now != state::writing && now != state::closed)
          continue;
        SCOPED_TRACE(testing::Message()
                     << static_cast<int>(how) << extended << static_cast<int>(now));
        begin();
        lost->open(its_port, 1);
        lost->send(its_port, service, extended ? extended_syn : V4V_STREAM_SYN, conid);
        stream s = accept(listening);
        const auto ack = lost->take_one(its_port);
        const endpoint to = extended ? endpoint{1, port_in(ack)} : service;
        check(s, to, its_port, conid, now, how, its_port, 1);
      }
    }
  }
  expect_nothing_owed();
}

TEST_F(a_vanishing_peer, that_accepted_is_lost_in_each_state) {
  for (const by how : ways) {
    for (const bool extended : {false, true}) {
      for (const state now : states) {
        if (!extended && now != state::idle && now != state::writing && now != state::closed)
          continue;
        SCOPED_TRACE(testing::Message()
                     << static_cast<int>(how) << extended << static_cast<int>(now));
        begin();
        lost->open(its_service, any_domain);
        lost->open(data_port, 1);
        stream s(victim, {4096});
        s.async_connect(lost->at(its_service), [](std::error_code) {});
        look();
        const auto syn = lost->take_one(its_service);
        const endpoint to{1, syn.from};
        lost->send(its_service, to, extended ? extended_ack : V4V_STREAM_ACK, syn.conid,
                   port_message(data_port));
        look();
        const port_type ring = extended ? data_port : its_service;
        check(s, to, its_service, syn.conid, now, how, ring, extended ? 1 : any_domain);
      }
    }
  }
  expect_nothing_owed();
}

TEST_F(a_vanishing_peer, whose_request_is_not_accepted_is_forgotten) {
  for (const by how : ways) {
    for (const bool extended : {false, true}) {
      begin();
      lost->open(its_port, 1);
      lost->send(its_port, service, extended ? extended_syn : V4V_STREAM_SYN, conid);
      look();
      vanish(how, its_port, 1);
      look();
      stream s = accept(listening);
      EXPECT_EQ(s.is_open(), how == by::making_it_anew) << "then it is there to be told";
      expect_honest_peers_notice_nothing();
    }
  }
  expect_nothing_owed();
}

TEST_F(a_vanishing_peer, that_was_not_told_that_it_is_accepted_is_lost) {
  for (const by how : ways) {
    for (const bool extended : {false, true}) {
      begin();
      lost->open(its_port, 1);
      lost->fill(its_port);
      lost->send(its_port, service, extended ? extended_syn : V4V_STREAM_SYN, conid);
      stream s = accept(listening);
      ASSERT_TRUE(s.is_open());
      EXPECT_EQ(write(s), "waits");
      vanish(how, its_port, 1);
      look();
      EXPECT_EQ(read(s), reset);
      EXPECT_EQ(write(s), reset);
      expect_told_nothing(how, its_port);
      expect_honest_peers_notice_nothing();
    }
  }
  expect_nothing_owed();
}

TEST_F(a_vanishing_peer, that_is_asked_ends_the_connect) {
  for (const by how : ways) {
    for (const bool has_room : {false, true}) {
      begin();
      lost->open(its_service, any_domain);
      if (!has_room) lost->fill(its_service);
      stream s(victim, {4096});
      outcome connect;
      s.async_connect(lost->at(its_service), connect.handler());
      look();
      EXPECT_FALSE(connect.called);
      vanish(how, its_service, any_domain);
      // Nobody is told of the end of a ring for any domain; it shows with the next event.
      expect_honest_peers_notice_nothing();
      EXPECT_TRUE(connect.error == asio::error::connection_reset ||
                  connect.error == asio::error::connection_refused)
          << connect.error.message();
      EXPECT_FALSE(s.is_open());
      expect_told_nothing(how, its_service);
      expect_honest_peers_notice_nothing();
    }
  }
  expect_nothing_owed();
}

TEST_F(a_vanishing_peer, that_gives_up_its_service_keeps_what_hears_elsewhere) {
  begin();
  lost->open(its_service, any_domain);
  lost->open(data_port, 1);
  stream s(victim, {4096});
  s.async_connect(lost->at(its_service), [](std::error_code) {});
  look();
  const auto syn = lost->take_one(its_service);
  const endpoint to{1, syn.from};
  lost->send(its_service, to, extended_ack, syn.conid, port_message(data_port));
  look();
  lost->close(its_service);
  look();
  EXPECT_EQ(write(s), "sent");
  EXPECT_EQ(lost->take_one(data_port).data, "w");
  lost->send(its_service, to, V4V_STREAM_PING, syn.conid);
  lost->send(its_service, to, 0, syn.conid, "data");
  EXPECT_EQ(read(s), "data data");
  EXPECT_EQ(lost->take_one(data_port).flags, V4V_STREAM_PONG);
}

}  // namespace
}  // namespace v4v::test
