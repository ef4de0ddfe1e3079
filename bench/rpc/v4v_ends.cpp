#include "v4v_ends.hpp"

#include <kj/common.h>

#include <utility>

#include <v4v/rpc/client.hpp>

#include "capnp_caller.hpp"
#include "capnp_service.hpp"

namespace v4v::bench {

v4v_service::v4v_service(asio::io_context& io, guest& here, port_type port, std::size_t ring_size,
                         const payload& of_run)
    : loop_{io},
      server_{loop_,
              here,
              port,
              [&of_run](const rpc::peer&) { return kj::heap<capnp_service>(of_run); },
              {.acceptor = {.ring_size = ring_size}}} {}

void call_v4v(std::unique_ptr<link> to_hypervisor, const endpoint& service, guest_options options,
              std::size_t ring_size, const payload& of_run,
              const std::function<void(caller&)>& measure) {
  asio::io_context io{1};
  rpc::event_loop loop{io};
  guest domain{io, std::move(to_hypervisor), options};
  rpc::client client{loop, domain, service, {.stream = {.ring_size = ring_size}}};
  capnp_caller calls{client.bootstrap<Bench>(), loop.wait_scope(), of_run};
  measure(calls);
}

}  // namespace v4v::bench
