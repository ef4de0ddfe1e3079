// Guests that look for events instead of sleeping.

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include <asio/post.hpp>

#include "two_domains.hpp"
#include "v4v/datagram_socket.hpp"

namespace v4v::test {
namespace {

class a_polling_guest : public testing::Test {
 public:
  asio::io_context io;
  hv::embedded hypervisor;
  guest_options options{.polling = busy_poll{std::chrono::hours{1}}};
  std::optional<guest> server{std::in_place, io, embedded_link(hypervisor, 1), options};
  guest client{io, embedded_link(hypervisor, 2)};
};

TEST_F(a_polling_guest, may_be_closed_while_it_looks) {
  datagram_socket near(*server, 7000);
  outcome read;
  char byte = 0;
  near.async_receive(asio::buffer(&byte, 1), read.handler());
  io.poll_one();
  server.reset();
  io.run();
  EXPECT_EQ(read.error, asio::error::operation_aborted);
}

TEST_F(a_polling_guest, may_be_closed_by_a_handler_of_its_own) {
  datagram_socket near(*server, 7000), far(client);
  bool called = false;
  char byte = 0;
  near.async_receive(asio::buffer(&byte, 1), [&](std::error_code, std::size_t) {
    near.async_receive(asio::buffer(&byte, 1), [](std::error_code, std::size_t) {});
    server.reset();
    called = true;
  });
  io.poll_one();
  far.send_to(asio::buffer("x", 1), {1, 7000});
  io.run();
  EXPECT_TRUE(called);
}

TEST_F(a_polling_guest, hands_over_in_order_what_was_there_and_what_came) {
  datagram_socket near(*server, 7000), far(client);
  std::string seen;
  char bytes[2] = {};
  outcome wait;
  char idle = 0;
  datagram_socket other(*server, 7001);
  other.async_receive(asio::buffer(&idle, 1), wait.handler());
  io.poll_one();  // it looks
  asio::post(io, [&] {
    far.send_to(asio::buffer("a", 1), {1, 7000});
    for (char& b : bytes)
      near.async_receive(asio::buffer(&b, 1), [&](std::error_code ec, std::size_t) {
        if (!ec) seen += b;
      });
    far.send_to(asio::buffer("b", 1), {1, 7000});
  });
  while (seen.size() < 2)
    io.poll_one();
  EXPECT_EQ(seen, "ab");
}

}  // namespace
}  // namespace v4v::test
