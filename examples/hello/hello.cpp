// The smallest service, which greets whoever calls, and its client: both in this program, on a
// hypervisor that is part of it, or each in a domain of its own.

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <exception>
#include <iostream>
#include <v4v/embedded_link.hpp>
#include <v4v/guest.hpp>
#include <v4v/hv/embedded.hpp>
#include <v4v/open_link.hpp>
#include <v4v/rpc/client.hpp>
#include <v4v/rpc/event_loop.hpp>
#include <v4v/rpc/server.hpp>

#include "hello.capnp.h"
#include "roles/role.hpp"
#include "roles/rpc_error.hpp"
#include "roles/until_signal.hpp"

namespace {

constexpr v4v::port_type port = 5000;

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

// One is made for each domain that connects; the hypervisor vouches for which one it is.
Hello::Client make_greeter(const v4v::rpc::peer& peer) { return kj::heap<greeter>(peer.domain); }

void call(v4v::rpc::event_loop& loop, v4v::guest& guest, v4v::domain_type domain) {
  v4v::rpc::client client(loop, guest, {domain, port});
  auto request = client.bootstrap<Hello>().greetRequest();
  request.setName("world");
  std::cout << request.send().wait(loop.wait_scope()).getGreeting().cStr() << '\n';
}

void run(const roles::role& role) {
  asio::io_context io;
  v4v::rpc::event_loop loop(io);
  if (role.serves()) {
    v4v::guest here(io, v4v::open_link());
    v4v::rpc::server server(loop, here, port, make_greeter);
    roles::serve_until_signal(io, here.domain());
  } else if (role.connects()) {
    v4v::guest here(io, v4v::open_link());
    call(loop, here, role.domain());
  } else {
    v4v::hv::embedded hypervisor;
    v4v::guest here(io, v4v::embedded_link(hypervisor, 1));
    v4v::rpc::server server(loop, here, port, make_greeter);
    v4v::guest there(io, v4v::embedded_link(hypervisor, 2));
    call(loop, there, 1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Is greeted by a service in another domain. Without options both are in this program.");
  roles::role role(app, "hello --serve");
  CLI11_PARSE(app, argc, argv);
  try {
    run(role);
    return 0;
  } catch (const kj::Exception& e) {
    std::cerr << "hello: " + roles::explain(e, role) + '\n';
  } catch (const std::exception& e) {
    std::cerr << std::string("hello: ") + e.what() + '\n';
  }
  return 1;
}
