// Each combination of flags, sent to an end that connects or has connected, by a service that is
// not ours; with the right conid and source port, and with wrong ones.

#include "stream_model.hpp"

namespace v4v::test {
namespace {

class any_message_to_a_client : public under_attack {
 protected:
  static constexpr port_type data_port = 78;
  const std::string payload = port_message(data_port);

  any_message_to_a_client() {
    peer.open(its_service, any_domain);
    peer.open(data_port, 1);
  }

  struct connecting_end {
    stream s;
    outcome connect{};
    endpoint address{};
    std::uint32_t id = 0;
  };
  std::unique_ptr<connecting_end> begin() {
    auto c = std::unique_ptr<connecting_end>(new connecting_end{stream(victim, {4096}), {}});
    c->s.async_connect(peer.at(its_service), c->connect.handler());
    look();
    const auto syn = peer.take_one(its_service);
    EXPECT_EQ(syn.flags, extended_syn);
    c->address = {1, syn.from};
    c->id = syn.conid;
    return c;
  }
  std::unique_ptr<connecting_end> connected(bool extended) {
    auto c = begin();
    peer.send(its_service, c->address, extended ? extended_ack : V4V_STREAM_ACK, c->id, payload);
    look();
    EXPECT_TRUE(c->connect.called && !c->connect.error);
    return c;
  }

  /// Calls `attack(flags, is_heard, send)` for each message, which sends it by send(to).
  template <class Attack>
  void for_each_message(Attack attack) {
    for (const std::uint32_t flags : all_flags()) {
      for (const bool right_port : {true, false}) {
        for (const bool right_id : {true, false}) {
          SCOPED_TRACE(testing::Message() << std::hex << "flags " << flags << " right port "
                                          << right_port << " right conid " << right_id);
          attack(flags, right_port && right_id, [&](const connecting_end& c) {
            peer.send(right_port ? its_service : data_port, c.address, flags,
                      right_id ? c.id : c.id + 1, payload);
            look();
          });
          peer.take(its_service);
          peer.take(data_port);
          if (HasFailure()) return;
        }
      }
      expect_honest_peers_notice_nothing();
    }
  }

  void expect(established_model& m, stream& s) {
    EXPECT_EQ(flags_of(peer.take(m.extended ? data_port : its_service)), m.answers);
    EXPECT_EQ(read(s), m.read());
    if (!std::exchange(m.data, {}).empty()) {
      EXPECT_EQ(read(s), m.read());
    }
    EXPECT_EQ(write(s), m.write());
  }
};

TEST_F(any_message_to_a_client, that_waits_for_an_answer) {
  for_each_message([&](std::uint32_t flags, bool is_heard, auto send) {
    const auto c = begin();
    send(*c);
    const bool pong = is_heard && (flags & V4V_STREAM_PING) != 0;
    EXPECT_EQ(flags_of(peer.take(its_service)),
              pong ? std::vector{V4V_STREAM_PONG} : std::vector<std::uint32_t>{});
    if (is_heard && (flags & V4V_STREAM_RST) != 0) {
      EXPECT_EQ(c->connect.error, asio::error::connection_refused);
      EXPECT_FALSE(c->s.is_open());
    } else if (is_heard && (flags & V4V_STREAM_ACK) != 0) {
      EXPECT_TRUE(c->connect.called && !c->connect.error);
      established_model m{.extended = (flags & V4V_STREAM_EXTENDED) != 0};
      expect(m, c->s);
      EXPECT_EQ(flags_of(peer.take(m.extended ? data_port : its_service)).size(), 1u);
      std::error_code ec;
      c->s.shutdown(asio::socket_base::shutdown_send, ec);
      EXPECT_EQ(!ec, m.extended);
    } else {
      EXPECT_FALSE(c->connect.called);
    }
    c->s.close();
    look();
  });
}

TEST_F(any_message_to_a_client, that_is_connected) {
  for (const bool extended : {false, true}) {
    for_each_message([&](std::uint32_t flags, bool is_heard, auto send) {
      const auto c = connected(extended);
      send(*c);
      established_model m{.extended = extended};
      if (is_heard) m.comes(flags, payload);
      expect(m, c->s);
    });
  }
}

TEST_F(any_message_to_a_client, that_is_half_closed) {
  enum class who { the_peer, we, we_do_not_hear };
  for (const who closes : {who::the_peer, who::we, who::we_do_not_hear}) {
    for_each_message([&](std::uint32_t flags, bool is_heard, auto send) {
      const auto c = connected(true);
      established_model m{.extended = true};
      switch (closes) {
        case who::the_peer:
          peer.send(its_service, c->address, V4V_STREAM_FIN, c->id);
          m.peer_sent_fin = true;
          break;
        case who::we:
          c->s.shutdown(asio::socket_base::shutdown_send);
          EXPECT_EQ(peer.take_one(data_port).flags, V4V_STREAM_FIN);
          m.we_sent_fin = true;
          break;
        case who::we_do_not_hear:
          c->s.shutdown(asio::socket_base::shutdown_receive);
          m.hears_nothing = true;
          break;
      }
      send(*c);
      if (is_heard) m.comes(flags, payload);
      expect(m, c->s);
    });
  }
}

TEST_F(any_message_to_a_client, whose_connection_has_ended) {
  for (const bool extended : {false, true}) {
    for_each_message([&](std::uint32_t, bool, auto send) {
      const auto c = connected(extended);
      peer.send(its_service, c->address, V4V_STREAM_RST, c->id);
      look();
      send(*c);
      established_model m{.extended = extended, .ended = true};
      expect(m, c->s);
    });
  }
}

TEST_F(any_message_to_a_client, that_was_told_any_port) {
  const auto other = connected(false);
  for (const port_type told : {its_service, service.port(), data_port, other->address.port(),
                               port_type{0}, port_type{0xffffffff}}) {
    SCOPED_TRACE(told);
    const auto c = begin();
    peer.send(its_service, c->address, extended_ack, c->id, port_message(told));
    peer.send(its_service, c->address, extended_ack, c->id, port_message(data_port));
    peer.send(its_service, c->address, V4V_STREAM_ACK, c->id);
    look();
    EXPECT_TRUE(c->connect.called && !c->connect.error);
    const bool is_there = told == its_service || told == data_port || told == 0;
    established_model m{.extended = told != 0, .lost = !is_there};
    EXPECT_EQ(read(c->s), m.read());
    EXPECT_EQ(write(c->s), m.write());
    EXPECT_EQ(peer.take(told == data_port ? data_port : its_service).size(), is_there ? 1u : 0u);
    c->s.close();
    peer.take(data_port);
    peer.take(its_service);
    EXPECT_EQ(write(other->s), "sent");
    EXPECT_EQ(peer.take_one(its_service).conid, other->id);
    expect_honest_peers_notice_nothing();
  }
}

}  // namespace
}  // namespace v4v::test
