// A peer that does anything in any order, against an owner who does as well.

#include <chrono>
#include <random>

#include "attack.hpp"

namespace v4v::test {
namespace {

class a_random_peer : public under_attack {
 protected:
  static constexpr endpoint second_service{1, 5001};

  /// What the peer knows of an end of the victim's: where it hears what, from where.
  struct conversation {
    port_type from;
    endpoint to;
    std::uint32_t id;
  };

  std::uint32_t any(std::uint32_t below) { return static_cast<std::uint32_t>(random() % below); }
  template <class T, std::size_t N>
  T one_of(const T (&choices)[N]) {
    return choices[any(N)];
  }
  port_type own_port() {
    return one_of<port_type>({its_service, its_service + 1, its_port, its_port + 1, its_port + 2});
  }
  std::uint32_t any_flags() {
    std::uint32_t flags = 0;
    for (const std::uint32_t f : {V4V_STREAM_SYN, V4V_STREAM_ACK, V4V_STREAM_RST, V4V_STREAM_PING,
                                  V4V_STREAM_PONG, V4V_STREAM_EXTENDED, V4V_STREAM_FIN, 0x800u})
      if (any(4) == 0) flags |= f;
    return flags;
  }
  std::string any_bytes() {
    if (any(4) == 0) {
      return port_message(
          one_of<port_type>({0, its_service, its_service + 1, its_port, 99, service.port(),
                             honest[0].far.local_endpoint().port(), 0xffffffff}));
    }
    std::string some(any(33), '\0');
    for (char& b : some)
      b = static_cast<char>(any(256));
    return some;
  }

  void peer_acts() {
    conversation c{own_port(), one_of({service, second_service}), conid + any(3)};
    if (!known.empty() && any(4) != 0) c = known[any(static_cast<std::uint32_t>(known.size()))];
    if (any(10) == 0) c.from = own_port();
    if (any(10) == 0) c.id += any(3);
    const auto wanted = c.to.port() < first_connecting_port ? V4V_STREAM_SYN : V4V_STREAM_ACK;
    switch (any(12)) {
      case 0:
        return peer.open(own_port(), any(2) != 0 ? any_domain : domain_type{1},
                         32 + 16 * any(any(2) != 0 ? 8 : 128));
      case 1:
        return peer.close(own_port());
      case 2:
      case 3:
        return learn(own_port());
      case 4:
      case 5:
        peer.send(c.from, c.to, wanted | (any(2) != 0 ? V4V_STREAM_EXTENDED : 0), c.id,
                  any_bytes());
        return;
      case 6:
        peer.send_bytes(c.from, c.to, any_bytes(), V4V_MESSAGE_STREAM - (any(4) == 0));
        return;
      case 7:
        peer.send(c.from, c.to, 0, c.id, std::string(any(3000), 'x'));
        return;
      default:
        peer.send(c.from, c.to, any(2) != 0 ? any_flags() : 0, c.id, any_bytes());
    }
  }

  void learn(port_type port) {
    for (const auto& m : peer.take(port)) {
      const bool tells = (m.flags & extended_ack) == extended_ack;
      known.push_back({port, {1, tells ? port_in(m) : m.from}, m.conid});
    }
    while (known.size() > 16)
      known.erase(known.begin());
  }

  void owner_acts() {
    const auto ignore = [](std::error_code, std::size_t) {};
    switch (any(4)) {
      case 0:
        return (any(2) != 0 ? listening : *second).async_accept([&](std::error_code ec, stream s) {
          if (!ec) streams.push_back(std::move(s));
        });
      case 1:
        streams.emplace_back(victim, stream_options{4096})
            .async_connect(peer.at(its_service + any(2)), [](std::error_code) {});
        return;
      case 2:
        if (any(100) == 0) {
          second.reset();
          look();
          opens_second();
        }
        break;
      default:
        break;
    }
    if (streams.empty()) return;
    const auto which = any(static_cast<std::uint32_t>(streams.size()));
    stream& s = streams[which];
    std::error_code ec;
    switch (any(10)) {
      case 0:
        return streams.size() > any(30) ? void(streams.erase(streams.begin() + which)) : s.cancel();
      case 1:
        return s.close();
      case 2:
        return s.async_wait(one_of({asio::socket_base::wait_read, asio::socket_base::wait_write}),
                            [](std::error_code) {});
      case 3:
        return void(s.shutdown(
            one_of({asio::socket_base::shutdown_send, asio::socket_base::shutdown_receive}), ec));
      case 4:
        s.non_blocking(true);
        s.write_some(asio::buffer(bytes.data(), any(1000)), ec);
        return;
      case 5:
        s.non_blocking(true);
        s.read_some(asio::buffer(bytes.data(), any(1000)), ec);
        return;
      case 6:
      case 7:
        return s.async_write_some(asio::buffer(bytes.data(), any(1000)), ignore);
      default:
        return s.async_read_some(asio::buffer(bytes.data(), any(1000)), ignore);
    }
  }

  void opens_second() {
    // Plain connections may still use the ring; with the last of them it goes.
    try {
      second.emplace(victim, second_service.port(), acceptor_options{queue_limit, 3});
    } catch (const std::system_error&) {
      streams.clear();
      look();
      for (port_type port : {its_port, its_port + 1, its_port + 2, its_service, its_service + 1})
        peer.close(port);
      look();
      second.emplace(victim, second_service.port(), acceptor_options{queue_limit, 3});
    }
  }

  /// Nothing is left of the peer: no stream waits for it, no port is taken, no work is under way.
  void expect_nothing_left() {
    for (acceptor* a : {&listening, &*second})
      a->cancel();
    look();
    peer.die();
    for (stream& s : streams)
      s.cancel();
    look();
    // What one has not read may hold up others, where they share a ring.
    for (bool more = true; more;) {
      more = false;
      for (stream& s : streams)
        more |= read(s).starts_with("data");
    }
    for (stream& s : streams) {
      EXPECT_NE(read(s), "waits");
      EXPECT_NE(write(s), "waits");
    }
    streams.clear();
    second.reset();
    look();
    EXPECT_NO_THROW(acceptor(victim, second_service.port()));
    expect_honest_peers_notice_nothing();
    idle.cancel();
    io.restart();
    io.run_for(std::chrono::seconds(10));
    EXPECT_TRUE(io.stopped()) << "somebody waits for something";
  }

  std::mt19937 random;
  std::string bytes = pattern(4096);
  std::optional<acceptor> second{std::in_place, victim, second_service.port(),
                                 acceptor_options{queue_limit, 3}};
  std::vector<stream> streams;
  std::vector<conversation> known;
};

class with_seed : public a_random_peer, public testing::WithParamInterface<unsigned> {};

TEST_P(with_seed, hurts_nobody_and_leaves_nothing) {
  random.seed(GetParam());
  for (int round = 0; round < 2000 && !HasFailure(); ++round) {
    SCOPED_TRACE(round);
    peer_acts();
    if (any(3) == 0) owner_acts();
    if (any(3) == 0) look();
    if (round % 50 == 0) expect_honest_peers_notice_nothing();
  }
  expect_nothing_left();
}

INSTANTIATE_TEST_SUITE_P(a_random_peer, with_seed, testing::Range(0u, 20u));

}  // namespace
}  // namespace v4v::test
