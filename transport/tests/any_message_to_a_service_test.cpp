// Each combination of flags, sent to a service in each state that it can be in towards a peer; what
// it does then is compared with docs/stream-protocol.md.

#include "stream_model.hpp"

namespace v4v::test {
namespace {

using flag_list = std::vector<std::uint32_t>;

class any_message_to_a_service : public under_attack {
 protected:
  static constexpr const char* payload = "8 bytes!";
  static constexpr std::uint32_t answering =  // what a message without any of it is answered by RST
      V4V_STREAM_SYN | V4V_STREAM_RST | V4V_STREAM_PING | V4V_STREAM_PONG;

  /// Calls `attack(flags, id)` for each message, with the right conid and a wrong one, beginning
  /// with a new ring each time.
  template <class Attack>
  void for_each_message(Attack attack) {
    for (const std::uint32_t flags : all_flags()) {
      for (const std::uint32_t id : {conid, conid + 1}) {
        SCOPED_TRACE(testing::Message() << std::hex << "flags " << flags << " conid " << id);
        peer.open(its_port, 1, 256);
        attack(flags, id);
        peer.close(its_port);
        look();
        stream none = accept(listening);
        ASSERT_FALSE(none.is_open()) << "a request is left";
        if (HasFailure()) return;
      }
      expect_honest_peers_notice_nothing();
    }
  }

  static bool asks(std::uint32_t flags) {
    return (flags & (V4V_STREAM_SYN | V4V_STREAM_RST)) == V4V_STREAM_SYN;
  }
  /// The answer of a service that has no connection like that.
  static flag_list answer_to_a_stranger(std::uint32_t flags) {
    return (flags & answering) == 0 ? flag_list{V4V_STREAM_RST} : flag_list{};
  }

  struct accepted_end {
    stream s;
    endpoint hears_at;
  };
  accepted_end accepted(bool extended) {
    peer.send(its_port, service, extended ? extended_syn : V4V_STREAM_SYN, conid);
    stream s = accept(listening);
    EXPECT_TRUE(s.is_open());
    const auto ack = peer.take_one(its_port);
    EXPECT_EQ(ack.flags, extended ? extended_ack : V4V_STREAM_ACK);
    return {std::move(s), extended ? endpoint{1, port_in(ack)} : service};
  }

  void expect_request(std::uint32_t flags, std::uint32_t id) {
    stream s = accept(listening);
    ASSERT_TRUE(s.is_open());
    const auto ack = peer.take_one(its_port);
    EXPECT_EQ(ack.conid, id);
    EXPECT_EQ(ack.flags, (flags & V4V_STREAM_EXTENDED) != 0 ? extended_ack : V4V_STREAM_ACK);
  }

  /// What the owner and the peer see now is what the model says.
  void expect(established_model& m, stream& s) {
    EXPECT_EQ(flags_of(peer.take(its_port)), m.answers);
    EXPECT_EQ(read(s), m.read());
    if (!std::exchange(m.data, {}).empty()) {
      EXPECT_EQ(read(s), m.read());
    }
    EXPECT_EQ(write(s), m.write());
  }

  /// An accepted end whose RST does not fit into the peer's ring any more.
  endpoint closed_and_owing(bool extended) {
    auto [s, to] = accepted(extended);
    while (write(s) == "sent") {
    }
    return to;
  }
  flag_list what_comes_when_there_is_room() {
    peer.take(its_port);
    look();
    return flags_of(peer.take(its_port));
  }
};

TEST_F(any_message_to_a_service, that_knows_nothing_of_the_peer) {
  for_each_message([&](std::uint32_t flags, std::uint32_t id) {
    peer.send(its_port, service, flags, id, payload);
    look();
    EXPECT_EQ(flags_of(peer.take(its_port)), answer_to_a_stranger(flags));
    if (asks(flags)) expect_request(flags, id);
  });
}

TEST_F(any_message_to_a_service, that_has_a_request_of_the_peer) {
  for_each_message([&](std::uint32_t flags, std::uint32_t id) {
    peer.send(its_port, service, V4V_STREAM_SYN, conid);
    look();
    peer.send(its_port, service, flags, id, payload);
    look();
    const bool harmless = (flags & V4V_STREAM_RST) == 0 && (flags & answering) != 0;
    EXPECT_EQ(flags_of(peer.take(its_port)), answer_to_a_stranger(flags));
    if (asks(flags)) {
      expect_request(flags, id);
    } else if (harmless || id != conid) {
      expect_request(0, conid);
    }
  });
}

TEST_F(any_message_to_a_service, that_has_a_plain_connection_from_there) {
  for_each_message([&](std::uint32_t flags, std::uint32_t id) {
    auto [s, to] = accepted(false);
    peer.send(its_port, to, flags, id, payload);
    look();
    established_model m;
    if (id == conid) {
      m.comes(flags, payload);
    } else {
      m.answers = answer_to_a_stranger(flags);
      m.lost = asks(flags);
    }
    expect(m, s);
    peer.take(its_port);
    if (id != conid && asks(flags)) expect_request(flags, id);
  });
}

TEST_F(any_message_to_a_service, that_has_an_extended_connection_from_there) {
  for_each_message([&](std::uint32_t flags, std::uint32_t id) {
    auto [s, to] = accepted(true);
    peer.send(its_port, to, flags, id, payload);
    look();
    established_model m{.extended = true};
    if (id == conid) m.comes(flags, payload);
    expect(m, s);
  });
}

TEST_F(any_message_to_a_service, whose_connection_hears_at_another_port) {
  for_each_message([&](std::uint32_t flags, std::uint32_t id) {
    auto [s, to] = accepted(true);
    peer.send(its_port, service, flags, id, payload);
    look();
    established_model m{.extended = true, .answers = answer_to_a_stranger(flags)};
    expect(m, s);
    peer.take(its_port);
    if (asks(flags)) expect_request(flags, id);
  });
}

TEST_F(any_message_to_a_service, whose_connection_is_half_closed) {
  enum class who { the_peer, we, we_do_not_hear };
  for (const who closes : {who::the_peer, who::we, who::we_do_not_hear}) {
    for_each_message([&](std::uint32_t flags, std::uint32_t id) {
      auto [s, to] = accepted(true);
      established_model m{.extended = true};
      switch (closes) {
        case who::the_peer:
          peer.send(its_port, to, V4V_STREAM_FIN, conid);
          m.peer_sent_fin = true;
          break;
        case who::we:
          s.shutdown(asio::socket_base::shutdown_send);
          EXPECT_EQ(peer.take_one(its_port).flags, V4V_STREAM_FIN);
          m.we_sent_fin = true;
          break;
        case who::we_do_not_hear:
          s.shutdown(asio::socket_base::shutdown_receive);
          m.hears_nothing = true;
          break;
      }
      peer.send(its_port, to, flags, id, payload);
      look();
      if (id == conid) m.comes(flags, payload);
      expect(m, s);
    });
  }
}

TEST_F(any_message_to_a_service, whose_connection_has_ended) {
  for (const bool extended : {false, true}) {
    for_each_message([&](std::uint32_t flags, std::uint32_t id) {
      auto [s, to] = accepted(extended);
      peer.send(its_port, to, V4V_STREAM_RST, conid);
      look();
      peer.send(its_port, to, flags, id, payload);
      look();
      established_model m{.extended = extended, .ended = true};
      if (!extended) m.answers = answer_to_a_stranger(flags);
      expect(m, s);
      if (!extended && asks(flags)) expect_request(flags, id);
    });
  }
}

TEST_F(any_message_to_a_service, that_owes_an_rst) {
  for (const bool extended : {false, true}) {
    for_each_message([&](std::uint32_t flags, std::uint32_t id) {
      closed_and_owing(extended);
      peer.send(its_port, service, flags, id, payload);
      look();
      EXPECT_EQ(what_comes_when_there_is_room(),
                asks(flags) ? flag_list{} : flag_list{V4V_STREAM_RST})
          << "a new request takes the place of what was owed";
      if (asks(flags)) expect_request(flags, id);
    });
  }
}

TEST_F(any_message_to_a_service, whose_closed_connection_is_still_sent_to) {
  for_each_message([&](std::uint32_t flags, std::uint32_t id) {
    const endpoint to = closed_and_owing(true);
    EXPECT_GT(peer.send(its_port, to, flags, id, payload), 0);
    look();
    EXPECT_EQ(peer.send(its_port, to, flags, id, payload), -ECONNREFUSED);
    EXPECT_EQ(what_comes_when_there_is_room(), flag_list{});
  });
}

}  // namespace
}  // namespace v4v::test
