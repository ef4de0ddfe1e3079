#include "two_domains.hpp"

#include <random>
#include <sstream>

namespace v4v::test {
namespace {

using a_stream = two_domains;

TEST_F(a_stream, carries_bytes_both_ways) {
  spawn([&]() -> awaitable<void> {
    acceptor a(server, service.port());
    stream s = co_await a.async_accept(use_awaitable);
    char bytes[5];
    co_await asio::async_read(s, asio::buffer(bytes), use_awaitable);
    co_await asio::async_write(s, asio::buffer(bytes), use_awaitable);
  });
  std::string answer(5, '\0');
  spawn([&]() -> awaitable<void> {
    stream s(client);
    co_await s.async_connect(service, use_awaitable);
    co_await asio::async_write(s, asio::buffer("hello", 5), use_awaitable);
    co_await asio::async_read(s, asio::buffer(answer), use_awaitable);
  });
  io.run();
  EXPECT_EQ(answer, "hello");
}

TEST_F(a_stream, knows_both_ends_and_the_domain_is_the_hypervisors_word) {
  auto [near, far] = connected();
  EXPECT_EQ(near.local_endpoint(), service);
  EXPECT_EQ(near.remote_endpoint().domain(), 2);
  EXPECT_GE(near.remote_endpoint().port(), first_connecting_port);
  EXPECT_EQ(far.remote_endpoint(), service);
  EXPECT_EQ(far.local_endpoint(), near.remote_endpoint());
  std::ostringstream out;
  out << far.remote_endpoint();
  EXPECT_EQ(out.str(), "domain 1 port 5000");
}

awaitable<void> send_in_pieces(stream& s, const std::string& data, unsigned seed) {
  std::mt19937 random(seed);
  for (std::size_t at = 0; at < data.size();) {
    const auto n = std::min<std::size_t>(1 + random() % 40000, data.size() - at);
    co_await asio::async_write(s, asio::buffer(data.data() + at, n), use_awaitable);
    at += n;
  }
}

awaitable<void> receive_in_pieces(stream& s, std::string& data, std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<char> piece(50000);
  while (data.size() < size) {
    const auto room = asio::buffer(piece.data(), 1 + random() % piece.size());
    data.append(piece.data(), co_await s.async_read_some(room, use_awaitable));
  }
}

TEST_F(a_stream, moves_far_more_than_its_rings_hold_both_ways_at_once) {
  auto ends = connected({16 * 1024}, {16 * 1024});
  stream &near = ends.first, &far = ends.second;
  const std::string there = pattern(3'000'000), back = pattern(3'000'001, 7);
  std::string got_there, got_back;
  spawn([&]() -> awaitable<void> { co_await send_in_pieces(far, there, 1); });
  spawn([&]() -> awaitable<void> { co_await send_in_pieces(near, back, 2); });
  spawn([&]() -> awaitable<void> { co_await receive_in_pieces(near, got_there, there.size(), 3); });
  spawn([&]() -> awaitable<void> { co_await receive_in_pieces(far, got_back, back.size(), 4); });
  io.run();
  EXPECT_TRUE(there == got_there);
  EXPECT_TRUE(back == got_back);
}

TEST_F(a_stream, works_with_the_smallest_of_rings) {
  auto ends = connected({1}, {1});
  stream &near = ends.first, &far = ends.second;
  const std::string data = pattern(100'000);
  std::string got;
  spawn([&]() -> awaitable<void> { co_await send_in_pieces(near, data, 1); });
  spawn([&]() -> awaitable<void> { co_await receive_in_pieces(far, got, data.size(), 2); });
  io.run();
  EXPECT_TRUE(data == got);
}

TEST_F(a_stream, writes_many_buffers_as_one_message_and_reads_into_many) {
  auto [near, far] = connected();
  std::vector<std::string> pieces;
  std::vector<asio::const_buffer> out;
  for (unsigned i = 0; i < 300; ++i)
    pieces.push_back(pattern(i % 7, i));
  for (const auto& p : pieces)
    out.emplace_back(asio::buffer(p));
  std::string all;
  for (const auto& p : pieces)
    all += p;

  const auto before = hypervisor.counters().messages;
  outcome first;
  near.async_write_some(out, first.handler());
  io.run();
  io.restart();
  EXPECT_EQ(hypervisor.counters().messages, before + 1);
  EXPECT_FALSE(first.error);
  EXPECT_GT(first.bytes, 0u);
  EXPECT_LT(first.bytes, all.size()) << "a hypercall takes 128 pieces";

  std::vector<std::string> room(100, std::string(3, '\0'));
  std::vector<asio::mutable_buffer> in;
  for (auto& r : room)
    in.emplace_back(asio::buffer(r));
  outcome read;
  far.async_read_some(in, read.handler());
  io.run();
  std::string got;
  for (const auto& r : room)
    got += r;
  EXPECT_EQ(got.substr(0, read.bytes), all.substr(0, read.bytes));
  EXPECT_GT(read.bytes, 100u);
}

TEST_F(a_stream, cuts_a_write_to_half_of_the_peers_ring) {
  auto [near, far] = connected({64 * 1024});
  const std::string data(1'000'000, 'x');
  outcome write;
  near.async_write_some(asio::buffer(data), write.handler());
  io.run();
  EXPECT_GT(write.bytes, 32'000u);
  EXPECT_LT(write.bytes, 33'000u);
}

TEST_F(a_stream, waits_with_a_write_until_the_peer_reads) {
  auto [near, far] = connected({4096});
  const std::string data = pattern(1500);
  outcome writes[4];
  for (auto& w : writes)
    near.async_write_some(asio::buffer(data), w.handler());
  io.poll();
  EXPECT_TRUE(writes[0].called && writes[1].called);
  EXPECT_FALSE(writes[2].called);

  std::string got(4 * data.size(), '\0');
  outcome read;
  asio::async_read(far, asio::buffer(got), read.handler());
  io.restart();
  io.run();
  EXPECT_TRUE(writes[2].called && writes[3].called);
  EXPECT_TRUE(got == data + data + data + data);
}

TEST_F(a_stream, reads_and_writes_nothing_at_once) {
  auto [near, far] = connected();
  outcome read, write;
  near.async_read_some(asio::mutable_buffer(), read.handler());
  near.async_write_some(asio::const_buffer(), write.handler());
  io.run();
  EXPECT_TRUE(read.called && !read.error && read.bytes == 0);
  EXPECT_TRUE(write.called && !write.error && write.bytes == 0);
}

TEST_F(a_stream, is_refused_where_nobody_listens) {
  for (const endpoint nobody : {endpoint{1, 5001}, endpoint{77, 5000}, endpoint{1, 0}}) {
    stream s(client);
    outcome connect;
    s.async_connect(nobody, connect.handler());
    io.restart();
    io.run();
    EXPECT_EQ(connect.error, asio::error::connection_refused) << nobody;
    EXPECT_FALSE(s.is_open());
  }
}

TEST_F(a_stream, can_try_again_after_it_was_refused) {
  stream s(client);
  outcome first, second;
  s.async_connect(service, first.handler());
  io.run();
  io.restart();
  EXPECT_EQ(first.error, asio::error::connection_refused);

  acceptor a(server, service.port());
  outcome accepted;
  a.async_accept([&](std::error_code ec, const stream&) { accepted.handler()(ec); });
  s.async_connect(service, second.handler());
  io.run();
  EXPECT_TRUE(second.called && !second.error);
}

TEST_F(a_stream, connects_only_once) {
  auto [near, far] = connected();
  outcome again;
  far.async_connect(service, again.handler());
  io.run();
  EXPECT_EQ(again.error, asio::error::already_connected);
  EXPECT_TRUE(far.is_open());
}

TEST_F(a_stream, says_so_when_it_is_not_open) {
  stream s(client);
  outcome read, write;
  char byte = 0;
  s.async_read_some(asio::buffer(&byte, 1), read.handler());
  s.async_write_some(asio::buffer(&byte, 1), write.handler());
  io.run();
  EXPECT_EQ(read.error, asio::error::bad_descriptor);
  EXPECT_EQ(write.error, asio::error::bad_descriptor);
  std::error_code ec;
  static_cast<void>(s.remote_endpoint(ec));
  EXPECT_EQ(ec, asio::error::not_connected);
  EXPECT_THROW(static_cast<void>(s.local_endpoint()), std::system_error);
  EXPECT_FALSE(s.is_open());
  s.cancel();
  s.close();
}

TEST_F(a_stream, does_not_read_before_it_is_connected) {
  acceptor a(server, service.port());
  stream s(client);
  outcome connect, read, write;
  s.async_connect(service, connect.handler());
  char byte = 0;
  s.async_read_some(asio::buffer(&byte, 1), read.handler());
  s.async_write_some(asio::buffer(&byte, 1), write.handler());
  io.poll();
  EXPECT_EQ(read.error, asio::error::not_connected);
  EXPECT_EQ(write.error, asio::error::not_connected);
  EXPECT_FALSE(connect.called);
}

TEST_F(a_stream, keeps_waiting_operations_when_it_is_moved) {
  auto [near, far] = connected();
  outcome read;
  char byte = 0;
  far.async_read_some(asio::buffer(&byte, 1), read.handler());
  stream moved = std::move(far);
  outcome write;
  near.async_write_some(asio::buffer("x", 1), write.handler());
  io.run();
  EXPECT_EQ(byte, 'x');
  EXPECT_FALSE(far.is_open());
  EXPECT_TRUE(moved.is_open());
}

TEST_F(a_stream, may_talk_to_its_own_domain) {
  acceptor a(server, service.port());
  stream near(server), far(server);
  outcome read;
  char byte = 0;
  a.async_accept([&](std::error_code, stream s) {
    near = std::move(s);
    near.async_write_some(asio::buffer("y", 1), [](std::error_code, std::size_t) {});
  });
  far.async_connect(service, [&](std::error_code) {
    far.async_read_some(asio::buffer(&byte, 1), read.handler());
  });
  io.run();
  EXPECT_EQ(byte, 'y');
}

using an_acceptor = two_domains;

TEST_F(an_acceptor, has_its_port_for_itself) {
  acceptor first(server, service.port());
  try {
    acceptor second(server, service.port());
    FAIL() << "two acceptors at one port";
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), asio::error::address_in_use);
  }
  first.close();
  acceptor third(server, service.port());
  EXPECT_EQ(third.local_endpoint(), service);
}

TEST_F(an_acceptor, refuses_ports_and_rings_that_cannot_be) {
  EXPECT_THROW(acceptor(server, 0), std::system_error);
  EXPECT_THROW(acceptor(server, first_connecting_port), std::system_error);
  EXPECT_THROW(acceptor(server, 1, {std::size_t{1} << 40}), std::system_error);
}

TEST_F(an_acceptor, says_when_the_domain_has_no_ring_left) {
  std::vector<acceptor> all;
  try {
    for (port_type port = 1; port < 1000; ++port)
      all.emplace_back(server, port, acceptor_options{4096});
    FAIL() << "no limit";
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), std::errc::no_space_on_device);
    EXPECT_EQ(all.size(), V4V_DEFAULT_MAX_RINGS);
  }
  stream s(server);
  outcome connect;
  s.async_connect({1, 1}, connect.handler());
  io.run();
  EXPECT_EQ(connect.error, std::errc::no_space_on_device);
}

TEST_F(an_acceptor, takes_requests_that_came_before_it_asked) {
  acceptor a(server, service.port());
  stream s(client);
  outcome connect;
  s.async_connect(service, connect.handler());
  io.poll();
  io.restart();
  EXPECT_FALSE(connect.called);
  outcome accepted;
  a.async_accept([&](std::error_code ec, const stream&) { accepted.handler()(ec); });
  io.run();
  EXPECT_TRUE(accepted.called && connect.called && !connect.error);
}

TEST_F(an_acceptor, refuses_what_exceeds_its_backlog) {
  acceptor a(server, service.port(), {64 * 1024, 3});
  std::vector<stream> streams;
  std::vector<outcome> connects(5);
  for (auto& c : connects) {
    streams.emplace_back(client);
    streams.back().async_connect(service, c.handler());
  }
  std::vector<stream> accepted;
  for (int i = 0; i < 3; ++i)
    a.async_accept([&](std::error_code, stream s) { accepted.push_back(std::move(s)); });
  // The first accept looks at the ring and finds all five, of which three may wait.
  io.run();
  int refused = 0;
  for (const auto& c : connects) {
    ASSERT_TRUE(c.called);
    refused += c.error == asio::error::connection_refused;
  }
  EXPECT_EQ(refused, 2);
  EXPECT_EQ(accepted.size(), 3u);
}

TEST_F(an_acceptor, serves_many_connections_each_with_its_own_bytes) {
  constexpr unsigned n = 60;
  acceptor a(server, service.port());
  spawn([&]() -> awaitable<void> {
    for (unsigned i = 0; i < n; ++i) {
      stream accepted = co_await a.async_accept(use_awaitable);
      spawn([s = std::move(accepted)]() mutable -> awaitable<void> {
        std::vector<char> bytes(1000);
        for (;;) {
          const auto [ec, size] = co_await s.async_read_some(asio::buffer(bytes), no_throw);
          if (ec) co_return;
          co_await asio::async_write(s, asio::buffer(bytes.data(), size), use_awaitable);
        }
      });
    }
  });
  unsigned good = 0;
  for (unsigned i = 0; i < n; ++i)
    spawn([&, i]() -> awaitable<void> {
      stream s(client, {4096});
      co_await s.async_connect(service, use_awaitable);
      const std::string data = pattern(2000 + i, i);
      for (int round = 0; round < 5; ++round) {
        std::string answer(data.size(), '\0');
        co_await asio::async_write(s, asio::buffer(data), use_awaitable);
        co_await asio::async_read(s, asio::buffer(answer), use_awaitable);
        good += answer == data;
      }
    });
  io.run();
  EXPECT_EQ(good, 5 * n);
}

TEST_F(an_acceptor, holds_back_a_sender_whom_nobody_reads_and_loses_nothing) {
  auto [near, far] = connected({}, {16 * 1024});
  const std::string data = pattern(500'000);
  outcome write;
  asio::async_write(far, asio::buffer(data), write.handler());
  io.poll();
  io.restart();
  EXPECT_FALSE(write.called);
  std::string got(data.size(), '\0');
  outcome read;
  asio::async_read(near, asio::buffer(got), read.handler());
  io.run();
  EXPECT_TRUE(write.called && !write.error);
  EXPECT_TRUE(got == data);
}

}  // namespace
}  // namespace v4v::test
