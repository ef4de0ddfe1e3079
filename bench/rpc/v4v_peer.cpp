#include "v4v_peer.hpp"

#include <kj/common.h>

#include <asio/io_context.hpp>
#include <exception>
#include <future>

#include <v4v/embedded_link.hpp>
#include <v4v/hv/embedded.hpp>

#include "measure/two_threads.hpp"
#include "v4v_ends.hpp"

namespace v4v::bench {

void v4v_peer::with_caller(const std::function<void(caller&)>& measure) {
  constexpr endpoint service{1, 5000};
  hv::embedded hypervisor;
  asio::io_context here{1};
  std::promise<void> listening;
  const auto serve = [&] {
    bool listens = false;
    try {
      guest domain{here, embedded_link(hypervisor, service.domain()), {polling_}};
      const v4v_service called{here, domain, service.port(), ring_size_, payload_};
      listens = true;
      listening.set_value();
      here.run();
    } catch (...) {
      if (listens) throw;
      listening.set_exception(std::current_exception());
    }
  };
  const auto call = [&] {
    KJ_DEFER(here.stop());
    listening.get_future().get();
    call_v4v(embedded_link(hypervisor, 2), service, {polling_}, ring_size_, payload_, measure);
  };
  on_two_threads(serve, call);
}

}  // namespace v4v::bench
