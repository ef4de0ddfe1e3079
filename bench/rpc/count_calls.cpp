#include "count_calls.hpp"

#include <asio/io_context.hpp>
#include <chrono>

#include <v4v/busy_poll.hpp>
#include <v4v/embedded_link.hpp>
#include <v4v/hv/embedded.hpp>
#include <v4v/rpc/client.hpp>
#include <v4v/rpc/event_loop.hpp>
#include <v4v/rpc/server.hpp>

#include "capnp_caller.hpp"
#include "capnp_service.hpp"
#include "kj_peers.hpp"
#include "payload.hpp"

namespace v4v::bench {
namespace {

constexpr int to_be_warm = 200;

void call(caller& c, int calls) {
  c.null_calls(to_be_warm);
  c.null_calls(calls);
}

// Polling for longer than any pause that Valgrind makes.
void count_over_v4v(int calls, const payload& of_run) {
  constexpr guest_options options{busy_poll{std::chrono::seconds{10}}};
  constexpr endpoint service{1, 5000};
  hv::embedded hypervisor;
  asio::io_context io{1};
  rpc::event_loop loop{io};
  guest here{io, embedded_link(hypervisor, service.domain()), options};
  guest there{io, embedded_link(hypervisor, 2), options};
  const rpc::server server{loop, here, service.port(),
                           [&](const rpc::peer&) { return kj::heap<capnp_service>(of_run); }};
  rpc::client client{loop, there, service};
  capnp_caller c{client.bootstrap<Bench>(), loop.wait_scope(), of_run};
  call(c, calls);
}

}  // namespace

void count_calls(int calls, const std::string& over) {
  const payload of_run{on_receipt::nothing};
  if (over == "v4v") return count_over_v4v(calls, of_run);
  pipe_peer{of_run}.with_caller([&](caller& c) { call(c, calls); });
}

}  // namespace v4v::bench
