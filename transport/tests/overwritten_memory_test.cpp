// The memory of a guest's own rings, overwritten while they are in use: as by a wild pointer of its
// program. Who uses such a ring gets an error, and nobody else notices.

#include <atomic>
#include <cstring>
#include <random>
#include <thread>

#include "attack.hpp"
#include "exposed_link.hpp"

namespace v4v::test {
namespace {

// A guest besides the victim, with an acceptor, and a connection in each role, from and to the
// peer; the honest connections are the victim's, and one of this guest.
class overwritten_memory : public under_attack {
 protected:
  using memory = std::span<std::byte>;
  static constexpr endpoint own_service{4, 7000};
  static constexpr port_type its_data_port = 78;

  overwritten_memory() {
    peer.open(its_service, any_domain);
    peer.open(its_port, 4);
    a.emplace(exposed, own_service.port(), acceptor_options{4096, 4});
    listeners_ring = link->newest;
    acceptor other(neighbour, 6001, {queue_limit});
    other.async_accept([&](std::error_code, stream s) { untouched.near = std::move(s); });
    untouched.far = stream(exposed, {queue_limit});
    untouched.far.async_connect({2, 6001}, [](std::error_code) {});
    untouched_ring = link->newest;
    look();
    keep_looking.async_accept([](std::error_code, const stream&) {});
  }

  struct attacked {
    stream s;
    memory ring;
    endpoint to;
    port_type from;
    std::uint32_t id;
  };
  attacked accepted() {
    peer.send(its_port, own_service, extended_syn, conid);
    stream s = accept_by(*a);
    const auto answers = peer.take(its_port);
    EXPECT_FALSE(answers.empty());
    const port_type data = answers.empty() ? 0 : port_in(answers.back());
    return {std::move(s), link->newest, {4, data}, its_port, conid};
  }
  attacked connected() {
    stream s(exposed, {4096});
    s.async_connect(peer.at(its_service), [](std::error_code) {});
    const memory ring = link->newest;
    look();
    const auto syns = peer.take(its_service);
    EXPECT_FALSE(syns.empty());
    const auto syn = syns.empty() ? attacker::message{} : syns.back();
    peer.send(its_service, {4, syn.from}, extended_ack, syn.conid, port_message(its_service));
    look();
    return {std::move(s), ring, {4, syn.from}, its_service, syn.conid};
  }
  attacked in_role(bool accepts) { return accepts ? accepted() : connected(); }

  stream accept_by(acceptor& by) {
    stream s(exposed);
    by.async_accept([&](std::error_code, stream t) { s = std::move(t); });
    look();
    by.cancel();
    look();
    return s;
  }

  static v4v_ring& header(memory ring) { return *reinterpret_cast<v4v_ring*>(ring.data()); }
  static void put(memory ring, std::size_t at, std::uint32_t word) {
    std::memcpy(ring.data() + sizeof(v4v_ring) + at, &word, sizeof word);
  }
  void scribble(memory ring, std::size_t from) {
    const std::uint32_t limit = random() % 2 != 0 ? 64 : 0xffffffff;
    for (std::size_t i = from; i < ring.size(); i += 4) {
      const auto word = static_cast<std::uint32_t>(random() % limit);
      std::memcpy(ring.data() + i, &word, sizeof word);
    }
  }

  // By an event that is about another ring: a message in this one would mend its position.
  void have_it_looked_at() {
    EXPECT_EQ(write(untouched.near), "sent");
    EXPECT_EQ(read(untouched.far), "data w");
  }

  void expect_nobody_else_notices() {
    have_it_looked_at();
    EXPECT_EQ(write(untouched.far), "sent");
    EXPECT_EQ(read(untouched.near), "data w");
    expect_honest_peers_notice_nothing();
  }

  std::mt19937 random{20};
  exposed_link* link = new exposed_link(embedded_link(hypervisor, 4));
  guest exposed{io, std::unique_ptr<v4v::link>(link), {busy_poll::off()}};
  acceptor keep_looking{exposed, 1, {4096}};
  std::optional<acceptor> a;
  memory listeners_ring, untouched_ring;
  ends untouched{stream(neighbour), stream(exposed)};
};

TEST_F(overwritten_memory, with_a_position_that_cannot_be_ends_in_a_protocol_error) {
  for (const bool accepts : {true, false}) {
    for (const std::uint32_t tx : {1u, 8u, 4095u, 4032u, 4048u, 0xfffffff0u, 0xffffffffu}) {
      auto c = in_role(accepts);
      header(c.ring).tx_ptr = tx;
      EXPECT_EQ(read(c.s), protocol_error) << tx;
      EXPECT_EQ(write(c.s), reset);
    }
  }
  expect_nobody_else_notices();
}

TEST_F(overwritten_memory, with_a_length_that_lies_ends_in_a_protocol_error) {
  for (const bool accepts : {true, false}) {
    for (const std::uint32_t len : {0u, 15u, 0x7fffffffu, 0xfffffff1u, 0xffffffffu, 4096u}) {
      auto c = in_role(accepts);
      const std::uint32_t at = header(c.ring).tx_ptr;
      peer.send(c.from, c.to, 0, c.id, "data");
      put(c.ring, at, len);
      EXPECT_EQ(read(c.s), protocol_error) << len;
    }
  }
  expect_nobody_else_notices();
}

TEST_F(overwritten_memory, of_a_ring_that_still_connects_ends_in_a_protocol_error) {
  stream s(exposed, {4096});
  outcome connect;
  s.async_connect(peer.at(its_service), connect.handler());
  header(link->newest).tx_ptr = 5;
  have_it_looked_at();
  EXPECT_EQ(connect.error, std::errc::protocol_error);
  expect_nobody_else_notices();
}

TEST_F(overwritten_memory, of_a_message_that_is_half_read_does_not_change_its_length) {
  for (const bool accepts : {true, false}) {
    for (const std::uint32_t len : {16u, 24u, 30u, 4000u}) {
      auto c = in_role(accepts);
      const std::uint32_t at = header(c.ring).tx_ptr;
      peer.send(c.from, c.to, 0, c.id, std::string(100, 'x'));
      std::string half(50, '\0');
      outcome o;
      c.s.async_read_some(asio::buffer(half), o.handler());
      look();
      EXPECT_EQ(o.bytes, half.size());
      put(c.ring, at, len);
      EXPECT_EQ(read(c.s), "data " + half) << len;
    }
  }
}

TEST_F(overwritten_memory, that_makes_half_read_data_something_else_drops_the_rest_of_it) {
  auto c = accepted();
  const std::uint32_t at = header(c.ring).tx_ptr;
  peer.send(c.from, c.to, 0, c.id, std::string(100, 'x'));
  char first = 0;
  c.s.async_read_some(asio::buffer(&first, 1), [](std::error_code, std::size_t) {});
  look();
  put(c.ring, at + sizeof(v4v_message_header), V4V_STREAM_PONG);
  peer.send(c.from, c.to, 0, c.id, "next");
  EXPECT_EQ(read(c.s), "data next");
}

TEST_F(overwritten_memory, of_a_header_does_not_take_away_another_ring) {
  auto c = connected();
  header(c.ring).id = header(untouched_ring).id;
  c.s.close();
  EXPECT_EQ(peer.send(c.from, c.to, 0, c.id), -ECONNREFUSED) << "its own is gone";
  expect_nobody_else_notices();
}

TEST_F(overwritten_memory, of_an_acceptor_ends_it_and_what_shares_its_ring) {
  for (const std::uint32_t tx : {1u, 4032u, 0xffffffffu}) {
    peer.open(its_port + 1, 4);
    peer.send(its_port + 1, own_service, V4V_STREAM_SYN, conid);
    stream plain = accept_by(*a);
    auto extended = accepted();
    outcome accept;
    a->async_accept([&](std::error_code ec, const stream&) { accept.handler()(ec); });
    look();
    header(listeners_ring).tx_ptr = tx;
    have_it_looked_at();
    EXPECT_EQ(accept.error, std::errc::protocol_error);
    EXPECT_FALSE(a->is_open());
    EXPECT_EQ(read(plain), reset);
    peer.send(extended.from, extended.to, 0, extended.id, "data");
    EXPECT_EQ(read(extended.s), "data data") << "it has a ring of its own";
    expect_nobody_else_notices();
    plain.close();
    extended.s.close();
    peer.open(its_port, 4);
    a.reset();
    a.emplace(exposed, own_service.port(), acceptor_options{4096, 4});
    listeners_ring = link->newest;
  }
}

TEST_F(overwritten_memory, with_any_bytes_is_survived) {
  for (int round = 0; round < 300; ++round) {
    SCOPED_TRACE(round);
    auto c = in_role(round % 2 == 0);
    if (round % 3 != 0) peer.send(c.from, c.to, 0, c.id, pattern(100));
    char byte = 0;
    if (round % 5 == 0) c.s.async_read_some(asio::buffer(&byte, 1), [](auto, auto) {});
    look();
    scribble(c.ring, random() % 2 * sizeof(v4v_ring));
    if (random() % 2 != 0) header(c.ring).tx_ptr = static_cast<std::uint32_t>(random() % 250 * 16);
    peer.send(c.from, c.to, V4V_STREAM_PING, c.id);
    look();
    for (int i = 0; i < 3; ++i)
      read(c.s);
    write(c.s);
    c.s.close();
    look();
    EXPECT_EQ(peer.send(c.from, c.to, 0, c.id), -ECONNREFUSED);
    peer.open(its_port, 4);
    peer.take(its_service);
    if (round % 10 == 0) expect_nobody_else_notices();
  }
}

#if !defined(__SANITIZE_THREAD__)  // it is a race, and meant to be
TEST_F(overwritten_memory, all_the_time_while_it_is_read_is_survived) {
  for (int round = 0; round < 20; ++round) {
    auto c = in_role(round % 2 == 0);
    std::atomic<bool> over = false;
    std::thread overwrites(
        [&, ring = c.ring, some = std::mt19937(static_cast<unsigned>(round))]() mutable {
          while (!over.load(std::memory_order_relaxed)) {
            // Mostly small numbers, so that it takes some time until one is wrong.
            const auto word = static_cast<std::uint32_t>(some() % 8 != 0 ? some() % 64 : some());
            const auto at = sizeof(v4v_ring) + some() % (ring.size() - sizeof(v4v_ring)) / 4 * 4;
            std::memcpy(ring.data() + at, &word, sizeof word);
          }
        });
    for (int i = 0; i < 100; ++i) {
      peer.send(c.from, c.to, 0, c.id, pattern(200));
      read(c.s);
    }
    over = true;
    overwrites.join();
    c.s.close();
    look();
    peer.open(its_port, 4);
    peer.take(its_service);
  }
  expect_nobody_else_notices();
}
#endif

}  // namespace
}  // namespace v4v::test
