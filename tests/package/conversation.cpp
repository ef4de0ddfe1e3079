// All layers through the package: two domains, a stream between them, driven by KJ's promises.
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <cstdio>
#include <string>
#include <v4v/acceptor.hpp>
#include <v4v/embedded_link.hpp>
#include <v4v/guest.hpp>
#include <v4v/hv/embedded.hpp>
#include <v4v/rpc/client.hpp>
#include <v4v/rpc/event_loop.hpp>
#include <v4v/rpc/server.hpp>
#include <v4v/rpc/use_promise.hpp>
#include <v4v/stream.hpp>

int main() {
  asio::io_context io;
  v4v::rpc::event_loop loop(io);
  v4v::hv::embedded hypervisor;
  v4v::guest one(io, v4v::embedded_link(hypervisor, 1));
  v4v::guest two(io, v4v::embedded_link(hypervisor, 2));

  v4v::acceptor acceptor(one, 5000);
  v4v::stream far(two);
  auto accepting = acceptor.async_accept(v4v::rpc::use_promise);
  far.async_connect(acceptor.local_endpoint(), v4v::rpc::use_promise).wait(loop.wait_scope());
  v4v::stream near = accepting.wait(loop.wait_scope());

  const std::string greeting = "hello";
  std::string received(greeting.size(), '\0');
  asio::async_write(far, asio::buffer(greeting), v4v::rpc::use_promise).wait(loop.wait_scope());
  asio::async_read(near, asio::buffer(received), v4v::rpc::use_promise).wait(loop.wait_scope());
  std::printf("received: %s\n", received.c_str());
  return received == greeting ? 0 : 1;
}
