// The smallest service: domain 1 greets whoever calls, domain 2 calls. Both live in this program,
// on a hypervisor that is part of it.

#include <asio/io_context.hpp>
#include <iostream>
#include <v4v/embedded_link.hpp>
#include <v4v/guest.hpp>
#include <v4v/hv/embedded.hpp>
#include <v4v/rpc/client.hpp>
#include <v4v/rpc/event_loop.hpp>
#include <v4v/rpc/server.hpp>

#include "hello.capnp.h"

namespace {

// One of these is made for each domain that connects; the hypervisor vouches for which one it is.
class greeter final : public Hello::Server {
 public:
  explicit greeter(v4v::domain_type peer) : peer_(peer) {}

  kj::Promise<void> greet(GreetContext context) override {
    context.getResults().setGreeting(
        kj::str("Hello ", context.getParams().getName(), " of domain ", peer_, "!"));
    return kj::READY_NOW;
  }

 private:
  v4v::domain_type peer_;
};

}  // namespace

int main() {
  asio::io_context io;
  v4v::rpc::event_loop loop(io);
  v4v::hv::embedded hypervisor;

  v4v::guest here(io, v4v::embedded_link(hypervisor, 1));
  v4v::rpc::server server(
      loop, here, 5000, [](const v4v::rpc::peer& peer) { return kj::heap<greeter>(peer.domain); });

  v4v::guest there(io, v4v::embedded_link(hypervisor, 2));
  v4v::rpc::client client(loop, there, {1, 5000});
  auto request = client.bootstrap<Hello>().greetRequest();
  request.setName("world");
  std::cout << request.send().wait(loop.wait_scope()).getGreeting().cStr() << '\n';
}
