// Streams, acceptors and datagram sockets for other executors than the usual one.

#include <array>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>

#include <asio/strand.hpp>

#include "two_domains.hpp"
#include "v4v/datagram_socket.hpp"

namespace v4v::test {
namespace {

using strand = asio::strand<asio::io_context::executor_type>;

class sockets_for_an_executor : public two_domains {};

TEST_F(sockets_for_an_executor, are_accepted_for_it) {
  acceptor listening(server, service.port());
  const auto mine = asio::make_strand(io);
  bool echoed = false;
  std::array<char, 5> bytes{};
  listening.async_accept(mine, [&](std::error_code ec, auto peer) {
    static_assert(std::is_same_v<decltype(peer), basic_stream<strand>>);
    ASSERT_FALSE(ec);
    EXPECT_EQ(peer.get_executor(), mine);
    auto kept = std::make_shared<basic_stream<strand>>(std::move(peer));
    asio::async_read(*kept, asio::buffer(bytes), [&, kept](std::error_code, std::size_t) {
      EXPECT_TRUE(mine.running_in_this_thread());
      echoed = true;
    });
  });
  stream s(client);
  s.async_connect(service, [&](std::error_code) { asio::write(s, asio::buffer("hello", 5)); });
  io.run();
  EXPECT_TRUE(echoed);
}

TEST_F(sockets_for_an_executor, are_accepted_for_it_by_a_thread_that_waits) {
  acceptor listening(server, service.port());
  std::thread other([&] {
    stream s(client);
    s.connect(service);
    s.write_some(asio::buffer("x", 1));
    char byte = 0;
    std::error_code ec;
    s.read_some(asio::buffer(&byte, 1), ec);
  });
  {
    basic_stream<strand> s = listening.accept(asio::make_strand(io));
    char byte = 0;
    EXPECT_EQ(s.read_some(asio::buffer(&byte, 1)), 1u);
  }
  other.join();
}

TEST_F(sockets_for_an_executor, are_made_of_others_with_what_they_hold) {
  auto [near, far] = connected();
  using awaitable_stream = asio::use_awaitable_t<>::as_default_on_t<stream>;
  awaitable_stream s = asio::use_awaitable.as_default_on(std::move(near));
  EXPECT_FALSE(near.is_open());
  asio::write(far, asio::buffer("hello", 5));
  std::string text;
  spawn([](awaitable_stream& from, std::string& to) -> awaitable<void> {
    std::array<char, 5> bytes{};
    const auto n = co_await asio::async_read(from, asio::buffer(bytes));
    to.assign(bytes.data(), n);
    co_await from.async_write_some(asio::buffer("back", 4));
  }(s, text));
  io.restart();
  io.run();
  EXPECT_EQ(text, "hello");
  std::array<char, 4> bytes{};
  asio::read(far, asio::buffer(bytes));

  auto a = asio::use_awaitable.as_default_on(acceptor(server, 6000));
  auto d = asio::use_awaitable.as_default_on(datagram_socket(server, 7000));
  EXPECT_TRUE(a.is_open());
  EXPECT_TRUE(d.is_open());
}

TEST_F(sockets_for_an_executor, of_the_io_context_itself_need_no_type_erasure) {
  using executor = asio::io_context::executor_type;
  basic_acceptor<executor> listening(server, service.port());
  basic_stream<executor> s(client);
  outcome read;
  char byte = 0;
  listening.async_accept([&](std::error_code ec, basic_stream<executor> peer) {
    ASSERT_FALSE(ec);
    peer.write_some(asio::buffer("x", 1));
  });
  s.async_connect(service, [&](std::error_code ec) {
    ASSERT_FALSE(ec);
    s.async_read_some(asio::buffer(&byte, 1), read.handler());
  });
  io.run();
  EXPECT_EQ(byte, 'x');
}

}  // namespace
}  // namespace v4v::test
