// Connections with a ring for each end: between two of ours, and with peers that put the messages
// together themselves.

#include <cstring>
#include <string>
#include <vector>

#include "raw_peer.hpp"
#include "two_domains.hpp"

namespace v4v::test {
namespace {

constexpr std::uint32_t extended_syn = V4V_STREAM_SYN | V4V_STREAM_EXTENDED;
constexpr std::uint32_t extended_ack = V4V_STREAM_ACK | V4V_STREAM_EXTENDED;
constexpr std::uint32_t conid = 0xc0ffee;

class extension : public two_domains {
 protected:
  void look() {
    io.restart();
    io.poll();
  }

  outcome read(stream& s, std::string& got) {
    outcome o;
    got.resize(100);
    s.async_read_some(asio::buffer(got), o.handler());
    look();
    EXPECT_TRUE(o.called);
    got.resize(o.bytes);
    return o;
  }
  std::string read(stream& s) {
    std::string got;
    EXPECT_FALSE(read(s, got).error);
    return got;
  }
  std::error_code end_of(stream& s) {
    std::string got;
    return read(s, got).error;
  }

  static std::string port_message(port_type port) {
    const std::uint32_t words[] = {port, 0};
    return {reinterpret_cast<const char*>(words), sizeof words};
  }
  static port_type port_in(const raw_peer::message& m) {
    port_type port = 0;
    EXPECT_EQ(m.data.size(), 8u);
    if (m.data.size() >= sizeof port) std::memcpy(&port, m.data.data(), sizeof port);
    return port;
  }

  // A stream of the server's whose peer is raw, and where it receives.
  std::pair<stream, endpoint> accepted(raw_peer& peer) {
    acceptor a(server, service.port());
    stream s(server);
    a.async_accept([&](std::error_code, stream t) { s = std::move(t); });
    peer.send(service, extended_syn, conid);
    look();
    const auto answer = peer.receive();
    EXPECT_TRUE(answer && answer->flags == extended_ack && answer->conid == conid);
    return {std::move(s), endpoint{1, answer ? port_in(*answer) : 0}};
  }

  // A stream of the client's that has connected to a raw peer, and where it receives.
  struct raw_service {
    stream s;
    endpoint client_end;
    std::uint32_t id;
  };
  raw_service connect_to(raw_peer& peer, outcome& connect) {
    stream s(client);
    s.async_connect(peer.address(), connect.handler());
    look();
    const auto request = peer.receive();
    EXPECT_TRUE(request && request->flags == extended_syn);
    return {std::move(s), {2, request->source.port}, request->conid};
  }
};

// ---- Between two of ours

TEST_F(extension, a_connection_that_nobody_reads_stops_its_own_sender_alone) {
  acceptor a(server, service.port(), {16 * 1024});
  std::vector<stream> near;
  std::vector<stream> far;
  for (int i = 0; i < 2; ++i) {
    a.async_accept([&](std::error_code, stream s) { near.push_back(std::move(s)); });
    far.emplace_back(client).async_connect(service, [](std::error_code) {});
    io.restart();
    io.run();
  }
  const std::string data = pattern(1'000'000);
  outcome stuck, sent, got;
  asio::async_write(far[0], asio::buffer(data), stuck.handler());
  asio::async_write(far[1], asio::buffer(data), sent.handler());
  std::string received(data.size(), '\0');
  asio::async_read(near[1], asio::buffer(received), got.handler());
  look();
  EXPECT_TRUE(sent.called && got.called);
  EXPECT_TRUE(received == data);
  EXPECT_FALSE(stuck.called);
  asio::async_read(near[0], asio::buffer(received), [](std::error_code, std::size_t) {});
  look();
  EXPECT_TRUE(stuck.called) << "now that it is read from";
}

TEST_F(extension, an_acceptors_port_is_free_when_it_is_closed_though_its_streams_live) {
  auto [near, far] = connected();
  acceptor again(server, service.port());
  outcome write;
  far.async_write_some(asio::buffer("x", 1), write.handler());
  EXPECT_EQ(read(near), "x");
}

TEST_F(extension, without_a_ring_left_a_connection_shares_the_acceptors) {
  acceptor a(server, service.port());
  std::vector<acceptor> others;
  for (port_type port = 1; port < V4V_DEFAULT_MAX_RINGS; ++port)
    others.emplace_back(server, port, acceptor_options{4096});
  stream near(server), far(client);
  a.async_accept([&](std::error_code, stream s) { near = std::move(s); });
  far.async_connect(service, [](std::error_code) {});
  look();
  ASSERT_TRUE(near.is_open());
  far.async_write_some(asio::buffer("x", 1), [](std::error_code, std::size_t) {});
  EXPECT_EQ(read(near), "x");
  near.async_write_some(asio::buffer("y", 1), [](std::error_code, std::size_t) {});
  EXPECT_EQ(read(far), "y");
  std::error_code ec;
  far.shutdown(asio::socket_base::shutdown_send, ec);
  EXPECT_EQ(ec, asio::error::operation_not_supported);
}

TEST_F(extension, both_ends_tell_a_peer_whose_ring_is_full_of_the_end_when_it_has_room) {
  for (const bool accepted_end : {true, false}) {
    auto [near, far] = connected({4096}, {4096});
    stream& ends = accepted_end ? near : far;
    stream& reads = accepted_end ? far : near;
    const std::string data = pattern(1900);
    reads.async_write_some(asio::buffer("never read", 10), [](std::error_code, std::size_t) {});
    for (int i = 0; i < 2; ++i)
      ends.async_write_some(asio::buffer(data), [](std::error_code, std::size_t) {});
    for (int i = 0; i < 10; ++i)
      ends.async_write_some(asio::buffer("x", 1), [](std::error_code, std::size_t) {});
    look();
    ends.close();
    std::string got(10'000, '\0');
    outcome o;
    asio::async_read(reads, asio::buffer(got), o.handler());
    look();
    got.resize(o.bytes);
    EXPECT_TRUE(got == data + data + "xxxx");
    EXPECT_EQ(o.error, asio::error::eof);
  }
}

TEST_F(extension, a_peer_that_goes_on_writing_to_a_closed_end_without_reading_is_reset) {
  auto [near, far] = connected({4096}, {4096});
  const std::string data = pattern(100'000);
  for (int i = 0; i < 2; ++i)
    near.async_write_some(asio::buffer(data), [](std::error_code, std::size_t) {});
  for (int i = 0; i < 10; ++i)
    near.async_write_some(asio::buffer("x", 1), [](std::error_code, std::size_t) {});
  look();
  near.close();
  outcome write;
  asio::async_write(far, asio::buffer(data), write.handler());
  look();
  EXPECT_TRUE(write.called);
  EXPECT_EQ(write.error, asio::error::connection_reset);
  io.restart();
  io.run();  // nothing is owed any more
}

// ---- A raw peer that connects

TEST_F(extension, the_answer_to_a_request_tells_a_port_where_the_peer_is_heard) {
  raw_peer peer(hypervisor, 3, 0x80001234, 1);
  auto [s, data] = accepted(peer);
  EXPECT_GE(data.port(), first_connecting_port);
  EXPECT_EQ(peer.send(data, 0, conid, "hello"), 13);
  EXPECT_EQ(read(s), "hello");
  s.async_write_some(asio::buffer("hi", 2), [](std::error_code, std::size_t) {});
  const auto got = peer.receive();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->data, "hi");
  EXPECT_EQ(got->source.port, service.port()) << "what speaks is the service";
  EXPECT_EQ(s.local_endpoint(), service);
  peer.send(data, 0, conid, "bye");
  peer.send(data, V4V_STREAM_FIN, conid);
  EXPECT_EQ(read(s), "bye");
  EXPECT_EQ(end_of(s), asio::error::eof);
  s.shutdown(asio::socket_base::shutdown_send);
  EXPECT_EQ(peer.receive()->flags, V4V_STREAM_FIN);
  s.close();
  EXPECT_EQ(peer.receive()->flags, V4V_STREAM_RST);
  EXPECT_EQ(peer.send(data, 0, conid), -ECONNREFUSED) << "the ring is gone";
}

TEST_F(extension, nobody_else_is_heard_at_a_data_port) {
  raw_peer peer(hypervisor, 3, 0x80001234, 1);
  raw_peer other(hypervisor, 4, 0x80001234, 1);
  auto [s, data] = accepted(peer);
  EXPECT_EQ(other.send(data, 0, conid, "lie"), -ECONNREFUSED);
  peer.send_as(5, data, 0, conid);
  peer.send(data, 0, conid + 1, "wrong");
  peer.send(data, 0, conid, "right");
  EXPECT_EQ(read(s), "right");
}

TEST_F(extension, what_comes_after_fin_is_not_heard) {
  raw_peer peer(hypervisor, 3, 0x80001234, 1);
  auto [s, data] = accepted(peer);
  peer.send(data, V4V_STREAM_FIN, conid);
  peer.send(data, 0, conid, "late");
  peer.send(data, V4V_STREAM_FIN, conid);
  EXPECT_EQ(end_of(s), asio::error::eof);
  EXPECT_EQ(end_of(s), asio::error::eof);
  peer.send(data, V4V_STREAM_RST, conid);
  outcome write;
  s.async_write_some(asio::buffer("x", 1), write.handler());
  look();
  EXPECT_EQ(write.error, asio::error::connection_reset);
}

TEST_F(extension, a_peer_that_gives_up_its_ring_has_reset_the_connection) {
  auto peer = std::make_unique<raw_peer>(hypervisor, 3, 0x80001234, 1);
  auto [s, data] = accepted(*peer);
  outcome waits;
  char byte = 0;
  s.async_read_some(asio::buffer(&byte, 1), waits.handler());
  look();
  peer.reset();
  look();
  EXPECT_EQ(waits.error, asio::error::connection_reset);
}

// ---- A raw peer that accepts

TEST_F(extension, the_connecting_end_sends_to_the_port_that_it_was_told) {
  raw_peer peer(hypervisor, 3, 77, any_domain);
  outcome connect;
  auto [s, end, id] = connect_to(peer, connect);
  peer.open_data_ring(99, 2);
  peer.send(end, extended_ack, id, port_message(99));
  look();
  ASSERT_TRUE(connect.called && !connect.error);
  EXPECT_EQ(s.remote_endpoint(), (endpoint{3, 77}));
  s.async_write_some(asio::buffer("hi", 2), [](std::error_code, std::size_t) {});
  EXPECT_EQ(peer.receive()->data, "hi");
  s.shutdown(asio::socket_base::shutdown_send);
  EXPECT_EQ(peer.receive()->flags, V4V_STREAM_FIN);
  peer.send(end, 0, id, "hello");
  EXPECT_EQ(read(s), "hello");
  peer.send(end, V4V_STREAM_FIN, id);
  EXPECT_EQ(end_of(s), asio::error::eof);
}

TEST_F(extension, an_answer_without_a_port_is_a_plain_one) {
  for (const std::string& told : {std::string{}, std::string(4, 'x'), port_message(0)}) {
    raw_peer peer(hypervisor, 3, 77, any_domain);
    outcome connect;
    auto [s, end, id] = connect_to(peer, connect);
    peer.send(end, extended_ack, id, told);
    look();
    ASSERT_TRUE(connect.called && !connect.error);
    s.async_write_some(asio::buffer("hi", 2), [](std::error_code, std::size_t) {});
    EXPECT_EQ(peer.receive()->data, "hi");
    std::error_code ec;
    s.shutdown(asio::socket_base::shutdown_send, ec);
    EXPECT_EQ(ec, asio::error::operation_not_supported);
    // FIN means nothing there.
    peer.send(end, V4V_STREAM_FIN, id, "data");
    EXPECT_EQ(read(s), "data");
  }
}

TEST_F(extension, a_port_that_is_not_there_ends_what_has_just_begun) {
  raw_peer peer(hypervisor, 3, 77, any_domain);
  outcome connect;
  auto [s, end, id] = connect_to(peer, connect);
  peer.send(end, 0, id, "too early");
  peer.send(end, extended_ack, id, port_message(99));
  peer.send(end, 0, id, "in time");
  look();
  EXPECT_TRUE(connect.called && !connect.error);
  EXPECT_EQ(read(s), "in time") << "what it said is heard";
  EXPECT_EQ(end_of(s), asio::error::connection_reset);
  outcome write;
  s.async_write_some(asio::buffer("x", 1), write.handler());
  look();
  EXPECT_EQ(write.error, asio::error::connection_reset);
}

TEST_F(extension, the_end_of_the_ring_at_a_data_port_is_the_end) {
  raw_peer peer(hypervisor, 3, 77, any_domain);
  outcome connect;
  auto [s, end, id] = connect_to(peer, connect);
  peer.open_data_ring(99, 2);
  peer.send(end, extended_ack, id, port_message(99));
  look();
  outcome waits;
  char byte = 0;
  s.async_read_some(asio::buffer(&byte, 1), waits.handler());
  look();
  EXPECT_FALSE(waits.called);
  peer.close_data_ring();
  look();
  EXPECT_EQ(waits.error, asio::error::connection_reset);
}

TEST_F(extension, only_the_first_answer_counts) {
  raw_peer peer(hypervisor, 3, 77, any_domain);
  outcome connect;
  auto [s, end, id] = connect_to(peer, connect);
  peer.send(end, V4V_STREAM_ACK, id);
  peer.send(end, extended_ack, id, port_message(99));
  look();
  s.async_write_some(asio::buffer("hi", 2), [](std::error_code, std::size_t) {});
  EXPECT_EQ(peer.receive()->data, "hi") << "at the service's port";
}

TEST_F(extension, fin_before_the_answer_is_not_heard) {
  raw_peer peer(hypervisor, 3, 77, any_domain);
  outcome connect;
  auto [s, end, id] = connect_to(peer, connect);
  peer.open_data_ring(99, 2);
  peer.send(end, V4V_STREAM_FIN, id);
  look();
  EXPECT_FALSE(connect.called);
  peer.send(end, extended_ack, id, port_message(99));
  peer.send(end, 0, id, "heard");
  look();
  EXPECT_EQ(read(s), "heard");
}

}  // namespace
}  // namespace v4v::test
