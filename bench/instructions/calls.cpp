// Cap'n Proto calls, between two domains and over KJ's pipe in memory.

#include <kj/memory.h>

#include <cstddef>
#include <functional>

#include <v4v/rpc/client.hpp>
#include <v4v/rpc/event_loop.hpp>
#include <v4v/rpc/server.hpp>

#include "rpc/capnp_caller.hpp"
#include "rpc/capnp_service.hpp"
#include "rpc/kj_peers.hpp"
#include "rpc/payload.hpp"
#include "two_guests.hpp"
#include "workloads.hpp"

namespace v4v::bench {
namespace {

constexpr std::size_t usual_rings = stream_options{}.ring_size;
constexpr std::size_t blob_size = 1 << 20;

void with_caller(const busy_poll& mode, std::size_t ring_size,
                 const std::function<void(caller&)>& call) {
  const payload of_run{on_receipt::nothing};
  two_guests both{mode};
  rpc::event_loop loop{both.io};
  const rpc::server server{loop,
                           both.here,
                           two_guests::service.port(),
                           [&](const rpc::peer&) { return kj::heap<capnp_service>(of_run); },
                           {.acceptor = {.ring_size = ring_size}}};
  rpc::client client{loop, both.there, two_guests::service, {.stream = {.ring_size = ring_size}}};
  capnp_caller c{client.bootstrap<Bench>(), loop.wait_scope(), of_run};
  call(c);
}

std::size_t after_warm_up(int rounds) {
  return static_cast<std::size_t>(to_be_warm) + static_cast<std::size_t>(rounds);
}

}  // namespace

void call_nothing(int rounds) {
  with_caller(sleeping, usual_rings, [&](caller& c) { c.null_calls(after_warm_up(rounds)); });
}

void call_nothing_polling(int rounds) {
  with_caller(polling, usual_rings, [&](caller& c) { c.null_calls(after_warm_up(rounds)); });
}

void call_nothing_over_pipe(int rounds) {
  const payload of_run{on_receipt::nothing};
  pipe_peer{of_run}.with_caller([&](caller& c) { c.null_calls(after_warm_up(rounds)); });
}

void read_blobs(int rounds) {
  with_caller(sleeping, 4 * blob_size,
              [&](caller& c) { c.read(blob_size, after_warm_up(rounds)); });
}

}  // namespace v4v::bench
