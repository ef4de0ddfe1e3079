#include "v4v_peer.hpp"

#include <kj/common.h>

#include <asio/io_context.hpp>
#include <exception>
#include <future>

#include <v4v/embedded_link.hpp>
#include <v4v/hv/embedded.hpp>
#include <v4v/rpc/client.hpp>
#include <v4v/rpc/event_loop.hpp>
#include <v4v/rpc/server.hpp>

#include "capnp_caller.hpp"
#include "capnp_service.hpp"
#include "measure/two_threads.hpp"

namespace v4v::bench {
namespace {

constexpr endpoint service{1, 5000};

}  // namespace

void v4v_peer::with_caller(const std::function<void(caller&)>& measure) {
  hv::embedded hypervisor;
  asio::io_context here{1};
  std::promise<void> listening;
  const auto serve = [&] {
    try {
      rpc::event_loop loop{here};
      guest domain{here, embedded_link(hypervisor, service.domain()), {polling_}};
      const rpc::server server{
          loop,
          domain,
          service.port(),
          [this](const rpc::peer&) { return kj::heap<capnp_service>(payload_); },
          {.acceptor = {.ring_size = ring_size_}}};
      listening.set_value();
      here.run();
    } catch (...) {
      listening.set_exception(std::current_exception());
    }
  };
  const auto call = [&] {
    KJ_DEFER(here.stop());
    listening.get_future().get();
    asio::io_context there{1};
    rpc::event_loop loop{there};
    guest domain{there, embedded_link(hypervisor, 2), {polling_}};
    rpc::client client{loop, domain, service, {.stream = {.ring_size = ring_size_}}};
    capnp_caller calls{client.bootstrap<Bench>(), loop.wait_scope(), payload_};
    measure(calls);
  };
  on_two_threads(serve, call);
}

}  // namespace v4v::bench
