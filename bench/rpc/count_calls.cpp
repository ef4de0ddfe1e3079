#include "count_calls.hpp"

#include <asio/io_context.hpp>
#include <chrono>

#include <v4v/busy_poll.hpp>
#include <v4v/embedded_link.hpp>
#include <v4v/hv/embedded.hpp>

#include "capnp_caller.hpp"
#include "capnp_service.hpp"
#include "connection.hpp"
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
  constexpr std::size_t ring_size = acceptor_options{}.ring_size;
  hv::embedded hypervisor;
  asio::io_context io{1};
  rpc::event_loop loop{io};
  guest here{io, embedded_link(hypervisor, service_endpoint.domain()), options};
  guest there{io, embedded_link(hypervisor, client_domain), options};
  const serving_end server{loop, here, ring_size, kj::heap<capnp_service>(of_run)};
  calling_end client{loop, there, ring_size};
  capnp_caller c{client.bootstrap().castAs<Bench>(), loop.wait_scope(), of_run};
  call(c, calls);
}

}  // namespace

void count_calls(int calls, const std::string& over) {
  const payload of_run{on_receipt::nothing};
  if (over == "v4v") return count_over_v4v(calls, of_run);
  pipe_peer{of_run}.with_caller([&](caller& c) { call(c, calls); });
}

}  // namespace v4v::bench
