#include "far_peer.hpp"

#include <asio/io_context.hpp>
#include <utility>

#include <v4v/guest.hpp>
#include <v4v/open_link.hpp>

#include "roles/until_signal.hpp"
#include "v4v_ends.hpp"

namespace v4v::bench {

void far_peer::with_caller(const std::function<void(caller&)>& measure) {
  call_v4v(open_link(), service_, {}, ring_size_, payload_, measure);
}

void serve_far_peers(std::size_t ring_size, const payload& of_run) {
  asio::io_context io{1};
  auto link = open_link();
  const domain_type domain = link->domain();
  const v4v_service service{io, std::move(link), far_port, {}, ring_size, of_run};
  roles::serve_until_signal(io, domain);
}

}  // namespace v4v::bench
