#include "v4v_peer.hpp"

#include <kj/common.h>

#include <asio/io_context.hpp>
#include <exception>
#include <future>

#include <v4v/embedded_link.hpp>
#include <v4v/hv/embedded.hpp>

#include "capnp_caller.hpp"
#include "capnp_service.hpp"
#include "connection.hpp"
#include "measure/two_threads.hpp"

namespace v4v::bench {

void v4v_peer::with_caller(const std::function<void(caller&)>& measure) {
  hv::embedded hypervisor;
  asio::io_context here{1};
  std::promise<void> listening;
  const auto serve = [&] {
    try {
      rpc::event_loop loop{here};
      guest domain{here, embedded_link(hypervisor, service_endpoint.domain()), {polling_}};
      const serving_end end{loop, domain, ring_size_, kj::heap<capnp_service>(payload_)};
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
    guest domain{there, embedded_link(hypervisor, client_domain), {polling_}};
    calling_end end{loop, domain, ring_size_};
    capnp_caller calls{end.bootstrap().castAs<Bench>(), loop.wait_scope(), payload_};
    measure(calls);
  };
  on_two_threads(serve, call);
}

}  // namespace v4v::bench
