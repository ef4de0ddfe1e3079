// Closing either side at any moment ends the other side's operations: with end of file, with
// connection_reset, or with connection_refused before there was a connection.

#include <optional>

#include "mortal_link.hpp"
#include "two_domains.hpp"

namespace v4v::test {
namespace {

class closing : public two_domains {
 protected:
  // Reads until the end; what came before it is in `got`.
  outcome read_to_the_end(stream& s, std::string& got) {
    outcome o;
    got.resize(1'000'000);
    asio::async_read(s, asio::buffer(got), o.handler());
    io.restart();
    io.run();
    got.resize(o.bytes);
    EXPECT_TRUE(o.called);
    return o;
  }
};

TEST_F(closing, an_accepted_stream_is_end_of_file_for_its_peer) {
  auto [near, far] = connected();
  near.close();
  std::string got;
  EXPECT_EQ(read_to_the_end(far, got).error, asio::error::eof);
}

TEST_F(closing, a_connected_stream_is_end_of_file_for_its_peer) {
  auto [near, far] = connected();
  far.close();
  std::string got;
  EXPECT_EQ(read_to_the_end(near, got).error, asio::error::eof);
}

TEST_F(closing, wakes_a_read_that_waits) {
  auto [near, far] = connected();
  outcome read;
  char byte = 0;
  near.async_read_some(asio::buffer(&byte, 1), read.handler());
  io.poll();
  EXPECT_FALSE(read.called);
  far.close();
  io.restart();
  io.run();
  EXPECT_EQ(read.error, asio::error::eof);
}

TEST_F(closing, comes_after_all_that_was_written_before) {
  for (const bool accepted_end_writes : {true, false}) {
    auto [near, far] = connected();
    stream& writer = accepted_end_writes ? near : far;
    stream& reader = accepted_end_writes ? far : near;
    const std::string data = pattern(100'000);
    outcome write;
    asio::async_write(writer, asio::buffer(data), write.handler());
    io.restart();
    io.run();
    EXPECT_FALSE(write.error);
    writer.close();
    std::string got;
    EXPECT_EQ(read_to_the_end(reader, got).error, asio::error::eof);
    EXPECT_TRUE(got == data);
  }
}

TEST_F(closing, in_the_middle_of_a_write_fails_the_write_and_ends_the_reader) {
  for (const bool accepted_end_writes : {true, false}) {
    for (const bool writer_closes : {true, false}) {
      auto [near, far] = connected({8192}, {8192});
      stream& writer = accepted_end_writes ? near : far;
      stream& reader = accepted_end_writes ? far : near;
      const std::string data = pattern(100'000);
      outcome write;
      asio::async_write(writer, asio::buffer(data), write.handler());
      io.poll();
      EXPECT_FALSE(write.called);
      if (writer_closes) {
        writer.close();
        std::string got;
        const auto read = read_to_the_end(reader, got);
        EXPECT_TRUE(read.error == asio::error::eof || read.error == asio::error::connection_reset)
            << read.error.message();
        EXPECT_EQ(write.error, asio::error::operation_aborted);
        EXPECT_TRUE(got == data.substr(0, got.size()));
      } else {
        reader.close();
        io.restart();
        io.run();
        EXPECT_EQ(write.error, asio::error::connection_reset);
      }
    }
  }
}

TEST_F(closing, makes_later_writes_of_the_peer_fail) {
  auto [near, far] = connected();
  near.close();
  std::error_code ec;
  for (int tries = 0; tries < 3 && !ec; ++tries) {
    outcome read, write;
    char byte = 0;
    far.async_read_some(asio::buffer(&byte, 1), read.handler());
    io.restart();
    io.run();
    far.async_write_some(asio::buffer("x", 1), write.handler());
    io.restart();
    io.run();
    ec = write.error;
  }
  EXPECT_EQ(ec, asio::error::connection_reset);
}

TEST_F(closing, an_acceptor_refuses_those_who_wait) {
  acceptor a(server, service.port());
  stream s(client);
  outcome connect;
  s.async_connect(service, connect.handler());
  io.poll();
  a.close();
  io.restart();
  io.run();
  EXPECT_EQ(connect.error, asio::error::connection_refused);
}

TEST_F(closing, an_acceptor_leaves_accepted_streams_alone) {
  auto [near, far] = connected();  // its acceptor is gone by now
  outcome write, read;
  char byte = 0;
  far.async_write_some(asio::buffer("z", 1), write.handler());
  near.async_read_some(asio::buffer(&byte, 1), read.handler());
  io.run();
  EXPECT_EQ(byte, 'z');

  stream late(client);
  outcome connect;
  late.async_connect(service, connect.handler());
  near.async_read_some(asio::buffer(&byte, 1), [](std::error_code, std::size_t) {});
  io.restart();
  while (!connect.called)
    io.run_one();
  EXPECT_EQ(connect.error, asio::error::connection_refused);

  // With its last connection the ring goes, and the port is free again.
  near.close();
  io.poll();
  acceptor again(server, service.port());
}

TEST_F(closing, a_stream_before_it_is_accepted_is_noticed) {
  acceptor a(server, service.port());
  {
    stream s(client);
    outcome connect;
    s.async_connect(service, connect.handler());
    io.poll();
    s.close();
    io.restart();
    io.run();
    EXPECT_EQ(connect.error, asio::error::operation_aborted);
  }
  // The first request is void; the second is what accept gets.
  stream s(client);
  outcome connect;
  s.async_connect(service, connect.handler());
  endpoint accepted;
  a.async_accept([&](std::error_code, const stream& t) { accepted = t.remote_endpoint(); });
  io.restart();
  io.run();
  EXPECT_EQ(accepted, s.local_endpoint());
}

TEST_F(closing, an_accepted_stream_that_nobody_took_ends_the_connection) {
  acceptor a(server, service.port());
  stream s(client);
  outcome connect;
  a.async_accept([](std::error_code, const stream&) {});
  s.async_connect(service, connect.handler());
  io.run();
  EXPECT_FALSE(connect.error);
  std::string got;
  EXPECT_EQ(read_to_the_end(s, got).error, asio::error::eof);
}

TEST_F(closing, tells_a_peer_whose_ring_is_full_as_soon_as_it_has_room) {
  auto [near, far] = connected({4096});
  const std::string data = pattern(1900);
  outcome writes[3];
  for (auto& w : writes)
    near.async_write_some(asio::buffer(data), w.handler());
  io.poll();
  // What is left of the ring is too small for a third; fill it to the last sixteen bytes.
  near.cancel();
  for (int i = 0; i < 10; ++i)
    near.async_write_some(asio::buffer("x", 1), [](std::error_code, std::size_t) {});
  io.restart();
  io.poll();
  near.close();
  std::string got;
  EXPECT_EQ(read_to_the_end(far, got).error, asio::error::eof);
  EXPECT_TRUE(got == data + data + "xxxx");
}

TEST_F(closing, a_guest_ends_its_own_operations_and_those_of_its_peers) {
  auto [near, far] = connected();
  auto third = std::make_unique<guest>(io, embedded_link(hypervisor, 3));
  acceptor a(server, 6000);
  stream s(*third);
  stream t(server);
  outcome connect, read, aborted_read, accept;
  a.async_accept([&](std::error_code, stream x) { t = std::move(x); });
  s.async_connect({1, 6000}, connect.handler());
  io.restart();
  io.run();
  char byte = 0, other = 0;
  t.async_read_some(asio::buffer(&byte, 1), read.handler());
  s.async_read_some(asio::buffer(&other, 1), aborted_read.handler());
  acceptor b(*third, 1);
  b.async_accept([&](std::error_code ec, const stream&) { accept.handler()(ec); });
  io.restart();
  io.poll();
  third.reset();
  io.restart();
  io.run();
  EXPECT_EQ(aborted_read.error, asio::error::operation_aborted);
  EXPECT_EQ(accept.error, asio::error::operation_aborted);
  EXPECT_EQ(read.error, asio::error::eof);
  EXPECT_FALSE(s.is_open());
  EXPECT_FALSE(b.is_open());
  outcome late;
  s.async_write_some(asio::buffer("x", 1), late.handler());
  io.restart();
  io.run();
  EXPECT_EQ(late.error, asio::error::bad_descriptor);
  EXPECT_THROW(acceptor(server, 6000), std::system_error) << "the other guest is as it was";
}

// A domain that ends without a word: killed, say.
class death : public closing {};

TEST_F(death, of_the_connecting_domain_resets_the_accepted_stream) {
  auto link = std::make_unique<mortal_link>(embedded_link(hypervisor, 3));
  auto& mortal = *link;
  guest victim(io, std::move(link));
  acceptor a(server, 6000);
  stream near(server), far(victim);
  a.async_accept([&](std::error_code, stream s) { near = std::move(s); });
  far.async_connect({1, 6000}, [](std::error_code) {});
  io.run();
  far.async_write_some(asio::buffer("last words", 10), [](std::error_code, std::size_t) {});
  io.restart();
  io.run();
  mortal.die();
  std::string got;
  EXPECT_EQ(read_to_the_end(near, got).error, asio::error::connection_reset);
  EXPECT_EQ(got, "last words");
}

TEST_F(death, of_the_accepting_domain_resets_the_connected_stream) {
  auto link = std::make_unique<mortal_link>(embedded_link(hypervisor, 3));
  auto& mortal = *link;
  guest victim(io, std::move(link));
  acceptor a(victim, 6000);
  stream near(victim), far(client);
  a.async_accept([&](std::error_code, stream s) { near = std::move(s); });
  far.async_connect({3, 6000}, [](std::error_code) {});
  io.run();
  near.async_write_some(asio::buffer("last words", 10), [](std::error_code, std::size_t) {});
  io.restart();
  io.run();
  mortal.die();
  std::string got;
  EXPECT_EQ(read_to_the_end(far, got).error, asio::error::connection_reset);
  EXPECT_EQ(got, "last words");
}

TEST_F(death, wakes_reads_and_writes_that_wait) {
  auto link = std::make_unique<mortal_link>(embedded_link(hypervisor, 3));
  auto& mortal = *link;
  guest victim(io, std::move(link));
  acceptor a(victim, 6000, {8192});
  stream near(victim), far(client);
  a.async_accept([&](std::error_code, stream s) { near = std::move(s); });
  far.async_connect({3, 6000}, [](std::error_code) {});
  io.run();
  const std::string data = pattern(100'000);
  outcome read, write;
  char byte = 0;
  far.async_read_some(asio::buffer(&byte, 1), read.handler());
  asio::async_write(far, asio::buffer(data), write.handler());
  io.restart();
  io.poll();
  EXPECT_FALSE(read.called || write.called);
  mortal.die();
  io.restart();
  io.run();
  EXPECT_EQ(read.error, asio::error::connection_reset);
  EXPECT_EQ(write.error, asio::error::connection_reset);
}

TEST_F(death, of_the_listening_domain_ends_a_connect_that_waits) {
  auto link = std::make_unique<mortal_link>(embedded_link(hypervisor, 3));
  auto& mortal = *link;
  guest victim(io, std::move(link));
  acceptor a(victim, 6000);
  stream far(client);
  outcome connect;
  far.async_connect({3, 6000}, connect.handler());
  io.poll();
  EXPECT_FALSE(connect.called);
  mortal.die();
  io.restart();
  io.run();
  EXPECT_EQ(connect.error, asio::error::connection_reset);
}

TEST_F(death, is_noticed_even_if_the_domain_is_back_before_anybody_looks) {
  auto link = std::make_unique<mortal_link>(embedded_link(hypervisor, 3));
  auto& mortal = *link;
  auto victim = std::make_unique<guest>(io, std::move(link));
  std::optional<acceptor> a(std::in_place, *victim, 6000);
  stream near(*victim), far(client);
  a->async_accept([&](std::error_code, stream s) { near = std::move(s); });
  far.async_connect({3, 6000}, [](std::error_code) {});
  io.run();
  outcome read;
  char byte = 0;
  far.async_read_some(asio::buffer(&byte, 1), read.handler());
  mortal.die();
  guest again(io, embedded_link(hypervisor, 3));
  acceptor b(again, 6000);
  io.restart();
  io.run();
  EXPECT_EQ(read.error, asio::error::connection_reset);
}

TEST_F(death, of_what_was_at_an_address_does_not_touch_who_connects_there_anew) {
  auto victim = std::make_unique<guest>(io, embedded_link(hypervisor, 3));
  std::optional<acceptor> a(std::in_place, *victim, 6000);
  stream near(*victim), far(client), fresh(client);
  a->async_accept([&](std::error_code, stream s) { near = std::move(s); });
  far.async_connect({3, 6000}, [](std::error_code) {});
  io.run();
  victim.reset();
  guest again(io, embedded_link(hypervisor, 3));
  acceptor b(again, 6000);
  outcome connect, accept, read;
  b.async_accept([&](std::error_code ec, stream s) {
    accept.handler()(ec);
    near = std::move(s);
  });
  fresh.async_connect({3, 6000}, connect.handler());
  char byte = 0;
  far.async_read_some(asio::buffer(&byte, 1), read.handler());
  io.restart();
  io.run();
  EXPECT_TRUE(connect.called && !connect.error);
  EXPECT_TRUE(read.called && read.error);
  std::string got;
  near.close();
  EXPECT_EQ(read_to_the_end(fresh, got).error, asio::error::eof);
}

}  // namespace
}  // namespace v4v::test
