#include "v4v_pair.hpp"

#include <cstdint>
#include <system_error>
#include <utility>

#include <v4v/abi.h>
#include <asio/detached.hpp>
#include <v4v/embedded_link.hpp>

namespace v4v::bench {
namespace {

constexpr domain_type server = 1;
constexpr domain_type client = 2;
constexpr domain_type control = 3;
constexpr port_type port = 5000;
constexpr std::size_t smallest_ring = V4V_PAGE_SIZE;

}  // namespace

v4v_pair::v4v_pair(busy_poll polling, int idle_connections, std::size_t ring_size)
    : server_{here, embedded_link(hypervisor_, server), {polling}},
      client_{there, embedded_link(hypervisor_, client), {polling}},
      near_{server_},
      far_{client_, {.ring_size = ring_size}} {
  for (const domain_type domain : {server, client})
    allow_rings(domain, idle_connections + 4);  // one for each end, and the acceptors'
  acceptor a{server_, port, {.ring_size = ring_size}};
  connect(a, near_, far_);
  idle_.reserve(2 * static_cast<std::size_t>(idle_connections));
  acceptor for_idle{server_, port + 1, {.ring_size = smallest_ring}};
  for (int i = 0; i < idle_connections; ++i)
    add_idle(for_idle);
}

// Done by a domain with the privilege, before there is a ring.
void v4v_pair::allow_rings(domain_type of, int count) {
  const v4v_config limits{static_cast<std::uint32_t>(count),
                          V4V_DEFAULT_MAX_SENDV,
                          V4V_DEFAULT_MAX_NOTIFY,
                          V4V_DEFAULT_MAX_SEND_SIZE,
                          of,
                          0};
  const auto domain = hypervisor_.create_domain(control, hv::privilege::control);
  const long r =
      domain->hypercall(V4V_OP_config, reinterpret_cast<std::uintptr_t>(&limits), 0, 0, 0);
  if (r < 0) throw std::system_error(static_cast<int>(-r), std::system_category(), "V4V config");
}

void v4v_pair::connect(acceptor& a, stream& near, stream& far) {
  int done = 0;
  std::error_code failure;
  a.async_accept([&](std::error_code ec, stream s) {
    ++done;
    if (ec) failure = ec;
    near = std::move(s);
  });
  far.async_connect(a.local_endpoint(), [&](std::error_code ec) {
    ++done;
    if (ec) failure = ec;
  });
  while (done != 2 && !failure) {
    here.restart();
    there.restart();
    here.poll_one();
    there.poll_one();
  }
  if (failure) throw std::system_error(failure, "connecting two domains");
}

void v4v_pair::add_idle(acceptor& a) {
  stream near{server_};
  stream far{client_, {.ring_size = smallest_ring}};
  connect(a, near, far);
  for (stream* s : {&near, &far}) {
    idle_.push_back(std::move(*s));
    idle_.back().async_read_some(asio::buffer(&nothing_, 1), asio::detached);
  }
}

}  // namespace v4v::bench
