#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>

#include "mortal_link.hpp"
#include "raw_peer.hpp"
#include "two_domains.hpp"
#include "v4v/datagram_socket.hpp"

namespace v4v::test {
namespace {

class datagrams : public two_domains {
 public:
  datagram_socket near{server, 7000};
  datagram_socket far{client};
  const endpoint to_near{1, 7000};

  static std::string received(datagram_socket& s, endpoint& source) {
    std::string bytes(100'000, '\0');
    bytes.resize(s.receive_from(asio::buffer(bytes), source));
    return bytes;
  }
  static std::string received(datagram_socket& s) {
    endpoint source;
    return received(s, source);
  }
};

TEST_F(datagrams, keep_their_boundaries_and_say_where_they_are_from) {
  far.send_to(asio::buffer(std::string("one")), to_near);
  far.send_to(asio::buffer(std::string()), to_near);
  far.send_to(asio::buffer(std::string("three")), to_near);
  endpoint source;
  EXPECT_EQ(received(near, source), "one");
  EXPECT_EQ(source, far.local_endpoint());
  EXPECT_EQ(received(near, source), "");
  EXPECT_EQ(received(near, source), "three");
  near.send_to(asio::buffer(std::string("back")), source);
  EXPECT_EQ(received(far, source), "back");
  EXPECT_EQ(source, to_near);
}

TEST_F(datagrams, go_with_every_completion_token) {
  spawn([](datagrams& t) -> awaitable<void> {
    std::array<char, 100> bytes{};
    endpoint source;
    for (int i = 0; i < 100; ++i) {
      const auto n = co_await t.near.async_receive_from(asio::buffer(bytes), source, use_awaitable);
      co_await t.near.async_send_to(asio::buffer(bytes, n), source, use_awaitable);
    }
  }(*this));
  int answers = 0;
  spawn([](datagrams& t, int& count) -> awaitable<void> {
    std::array<char, 100> bytes{};
    t.far.connect(t.to_near);
    for (int i = 0; i < 100; ++i) {
      const auto text = "message " + std::to_string(i);
      co_await t.far.async_send(asio::buffer(text), use_awaitable);
      const auto n = co_await t.far.async_receive(asio::buffer(bytes), use_awaitable);
      EXPECT_EQ(std::string(bytes.data(), n), text);
      ++count;
    }
  }(*this, answers));
  io.run();
  EXPECT_EQ(answers, 100);
}

TEST_F(datagrams, are_received_into_as_many_buffers_as_there_are) {
  const std::string text = pattern(1000);
  for (const std::size_t pieces : {1u, 63u, 64u, 65u, 1000u}) {
    far.send_to(asio::buffer(text), to_near);
    std::string bytes(text.size(), '\0');
    std::vector<asio::mutable_buffer> buffers;
    for (std::size_t i = 0; i < pieces; ++i)
      buffers.push_back(asio::buffer(&bytes[i], i + 1 < pieces ? 1 : bytes.size() - i));
    std::error_code ec;
    EXPECT_EQ(near.receive(buffers, ec), text.size()) << pieces;
    EXPECT_FALSE(ec) << ec.message();
    EXPECT_TRUE(bytes == text);
  }
}

TEST_F(datagrams, of_many_buffers_are_one_message) {
  std::string all;
  std::vector<std::string> texts;
  for (int i = 0; i < 1000; ++i)
    all += texts.emplace_back(std::to_string(i));
  for (const std::size_t pieces : {1u, 15u, 16u, 17u, 128u, 129u, 1000u}) {
    std::vector<asio::const_buffer> buffers;
    std::string expected;
    for (std::size_t i = 0; i < pieces; ++i) {
      buffers.emplace_back(asio::buffer(texts[i]));
      buffers.emplace_back();
      expected += texts[i];
    }
    EXPECT_EQ(far.send_to(buffers, to_near), expected.size());
    EXPECT_TRUE(received(near) == expected) << pieces;
  }
}

TEST_F(datagrams, too_long_for_the_ring_or_for_any_are_refused_whole) {
  datagram_socket small(server, 7001, {.ring_size = 4096});
  const std::size_t most = 4096 - 96;
  std::error_code ec;
  EXPECT_EQ(far.send_to(asio::buffer(pattern(most + 1)), {1, 7001}, ec), 0);
  EXPECT_EQ(ec, asio::error::message_size);
  EXPECT_EQ(far.send_to(asio::buffer(pattern(most)), {1, 7001}), most);
  EXPECT_TRUE(received(small) == pattern(most));
  const std::string huge(17 * 1024 * 1024, 'x');
  EXPECT_EQ(far.send_to(asio::buffer(huge), to_near, ec), 0);
  EXPECT_EQ(ec, asio::error::message_size);
}

TEST_F(datagrams, longer_than_the_buffer_fill_it_and_say_so) {
  far.send_to(asio::buffer(std::string("0123456789")), to_near);
  far.send_to(asio::buffer(std::string("next")), to_near);
  std::array<char, 4> bytes{};
  endpoint source;
  std::error_code ec;
  EXPECT_EQ(near.receive_from(asio::buffer(bytes), source, ec), 4);
  EXPECT_EQ(ec, asio::error::message_size);
  EXPECT_EQ(std::string(bytes.data(), 4), "0123");
  EXPECT_EQ(source, far.local_endpoint());
  EXPECT_EQ(received(near), "next");
}

TEST_F(datagrams, to_nobody_are_refused) {
  std::error_code ec;
  far.send_to(asio::buffer(std::string("x")), {1, 1}, ec);
  EXPECT_EQ(ec, asio::error::connection_refused);
  far.send_to(asio::buffer(std::string("x")), {77, 1}, ec);
  EXPECT_EQ(ec, asio::error::connection_refused);
  far.send(asio::buffer(std::string("x")), ec);
  EXPECT_EQ(ec, asio::error::not_connected);
}

TEST_F(datagrams, connected_sockets_hear_their_peer_alone) {
  datagram_socket other(client);
  near.connect(far.local_endpoint());
  EXPECT_EQ(near.remote_endpoint(), far.local_endpoint());
  other.send_to(asio::buffer(std::string("not for you")), to_near);
  far.send_to(asio::buffer(std::string("for you")), to_near);
  EXPECT_EQ(received(near), "for you");
}

TEST_F(datagrams, for_which_there_is_no_room_wait_and_hold_up_none_to_others) {
  datagram_socket full(server, 7001, {.ring_size = 4096});
  const auto text = pattern(1500);
  std::vector<outcome> waiting(6);
  for (auto& w : waiting)
    far.async_send_to(asio::buffer(text), {1, 7001}, w.handler());
  outcome beside;
  far.async_send_to(asio::buffer(text), to_near, beside.handler());
  io.poll();
  EXPECT_TRUE(beside.called);
  EXPECT_TRUE(waiting[1].called);
  EXPECT_FALSE(waiting[2].called);
  std::error_code ec;
  far.non_blocking(true);
  far.send_to(asio::buffer(text), {1, 7001}, ec);
  EXPECT_EQ(ec, asio::error::would_block);
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    EXPECT_TRUE(received(full) == text);
    io.restart();
    io.poll();
    EXPECT_TRUE(waiting[std::min(i + 2, waiting.size() - 1)].called);
  }
  for (const auto& w : waiting)
    EXPECT_EQ(w.bytes, text.size()) << w.error.message();
}

TEST_F(datagrams, that_wait_can_be_cancelled_one_by_one_or_all) {
  datagram_socket full(server, 7001, {.ring_size = 4096});
  const auto text = pattern(3000);
  outcome first, second, third, receive;
  asio::cancellation_signal signal;
  far.async_send_to(asio::buffer(text), {1, 7001}, first.handler());
  far.async_send_to(asio::buffer(text), {1, 7001},
                    asio::bind_cancellation_slot(signal.slot(), second.handler()));
  far.async_send_to(asio::buffer(text), {1, 7001}, third.handler());
  std::array<char, 10> bytes{};
  far.async_receive(asio::buffer(bytes), receive.handler());
  io.poll();
  EXPECT_TRUE(first.called);
  signal.emit(asio::cancellation_type::total);
  io.restart();
  io.poll();
  EXPECT_EQ(second.error, asio::error::operation_aborted);
  EXPECT_FALSE(third.called);
  far.cancel();
  io.restart();
  io.run();
  EXPECT_EQ(third.error, asio::error::operation_aborted);
  EXPECT_EQ(receive.error, asio::error::operation_aborted);
  EXPECT_TRUE(received(full) == text);
  far.send_to(asio::buffer(text), {1, 7001});
  EXPECT_TRUE(received(full) == text);
}

TEST_F(datagrams, that_wait_for_a_socket_that_closes_are_refused) {
  auto full = std::make_unique<datagram_socket>(server, 7001, datagram_options{4096});
  const auto text = pattern(3000);
  outcome first, second;
  far.async_send_to(asio::buffer(text), {1, 7001}, first.handler());
  far.async_send_to(asio::buffer(text), {1, 7001}, second.handler());
  io.poll();
  EXPECT_FALSE(second.called);
  full.reset();
  io.restart();
  io.run();
  EXPECT_EQ(second.error, asio::error::connection_refused);
}

TEST_F(datagrams, that_wait_for_a_domain_that_dies_are_refused) {
  auto link = std::make_unique<mortal_link>(embedded_link(hypervisor, 3));
  auto& mortal = *link;
  guest victim(io, std::move(link));
  datagram_socket full(victim, 7001, {.ring_size = 4096});
  const auto text = pattern(3000);
  outcome first, second;
  far.async_send_to(asio::buffer(text), {3, 7001}, first.handler());
  far.async_send_to(asio::buffer(text), {3, 7001}, second.handler());
  io.poll();
  mortal.die();
  io.restart();
  io.run();
  EXPECT_EQ(second.error, asio::error::connection_refused);
}

TEST_F(datagrams, end_with_their_guest) {
  auto mine = std::make_unique<guest>(io, embedded_link(hypervisor, 3));
  datagram_socket s(*mine, 9), full(server, 7001, {.ring_size = 4096});
  std::array<char, 10> bytes{};
  const auto text = pattern(3000);
  outcome receive, first, second;
  s.async_receive(asio::buffer(bytes), receive.handler());
  s.async_send_to(asio::buffer(text), {1, 7001}, first.handler());
  s.async_send_to(asio::buffer(text), {1, 7001}, second.handler());
  io.poll();
  mine.reset();
  io.restart();
  io.run();
  EXPECT_EQ(receive.error, asio::error::operation_aborted);
  EXPECT_EQ(second.error, asio::error::operation_aborted);
  EXPECT_FALSE(s.is_open());
  std::error_code ec;
  s.receive(asio::buffer(bytes), ec);
  EXPECT_EQ(ec, asio::error::bad_descriptor);
}

TEST_F(datagrams, ports_are_taken_once_and_given_back) {
  EXPECT_THROW(datagram_socket(server, 7000), std::system_error);
  EXPECT_THROW(datagram_socket(server, first_connecting_port), std::system_error);
  near.close();
  EXPECT_FALSE(near.is_open());
  near = datagram_socket(server, 7000);
  far.send_to(asio::buffer(std::string("x")), to_near);
  EXPECT_EQ(received(near), "x");
  EXPECT_NE(far.local_endpoint().port(), datagram_socket(client).local_endpoint().port());
}

TEST_F(datagrams, wait_tells_of_one) {
  outcome readable, writable;
  near.async_wait(asio::socket_base::wait_read, readable.handler());
  near.async_wait(asio::socket_base::wait_write, writable.handler());
  io.poll();
  EXPECT_FALSE(readable.called);
  EXPECT_EQ(writable.error, asio::error::operation_not_supported);
  far.send_to(asio::buffer(std::string("x")), to_near);
  io.restart();
  io.run();
  EXPECT_TRUE(readable.called);
  EXPECT_EQ(received(near), "x");
}

TEST_F(datagrams, messages_of_other_kinds_are_dropped) {
  raw_peer raw(hypervisor, 3, 10, any_domain);
  raw.send(to_near, V4V_STREAM_SYN, 1);
  raw.send_bytes(to_near, "unknown", 12345);
  raw.send_bytes(to_near, "datagram", V4V_MESSAGE_DGRAM);
  EXPECT_EQ(received(near), "datagram");
}

TEST_F(datagrams, a_thread_waits_for_room_and_for_messages) {
  constexpr int count = 2000;
  std::thread sender([&] {
    const auto text = pattern(3000);
    for (int i = 0; i < count; ++i)
      far.send_to(asio::buffer(text, static_cast<std::size_t>(i)), to_near);
  });
  for (int i = 0; i < count; ++i)
    ASSERT_EQ(received(near).size(), static_cast<std::size_t>(i));
  sender.join();
}

}  // namespace
}  // namespace v4v::test
