#include "v4v_pair.hpp"

#include <cstdint>
#include <system_error>
#include <utility>

#include <v4v/embedded_link.hpp>

namespace v4v::bench {
namespace {

constexpr domain_type server = 1;
constexpr domain_type client = 2;
constexpr domain_type control = 0;
constexpr port_type port = 5000;

// Done by a domain with the privilege, before there is a ring.
void allow_rings(hv::embedded& hypervisor, domain_type of, std::size_t count) {
  const v4v_config limits{static_cast<std::uint32_t>(count),
                          V4V_DEFAULT_MAX_SENDV,
                          V4V_DEFAULT_MAX_NOTIFY,
                          V4V_DEFAULT_MAX_SEND_SIZE,
                          of,
                          0};
  const auto domain = hypervisor.create_domain(control, hv::privilege::control);
  const long r =
      domain->hypercall(V4V_OP_config, reinterpret_cast<std::uintptr_t>(&limits), 0, 0, 0);
  if (r < 0) throw std::system_error(static_cast<int>(-r), std::system_category(), "V4V config");
}

void connect_one(two_ends& ends, acceptor& a, stream& near, stream& far) {
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
    ends.here().restart();
    ends.there().restart();
    ends.here().poll_one();
    ends.there().poll_one();
  }
  if (failure) throw std::system_error(failure, "connecting two domains");
}

}  // namespace

v4v_pair::v4v_pair(busy_poll polling, std::size_t ring_size, threads count, std::size_t connections)
    : two_ends{count},
      server_{here(), embedded_link(hypervisor_, server), {polling}},
      client_{there(), embedded_link(hypervisor_, client), {polling}} {
  // One for each end, and the acceptor's.
  for (const domain_type domain : {server, client})
    allow_rings(hypervisor_, domain, connections + 4);
  acceptor a{server_, port, {.ring_size = ring_size}};
  for (; connections != 0; --connections) {
    connect_one(*this, a, near_.emplace_back(server_),
                far_.emplace_back(client_, stream_options{.ring_size = ring_size}));
  }
}

v4v_datagram_pair::v4v_datagram_pair(busy_poll polling, threads count)
    : two_ends{count},
      server_{here(), embedded_link(hypervisor_, server), {polling}},
      client_{there(), embedded_link(hypervisor_, client), {polling}},
      near_{server_},
      far_{client_} {
  near_.connect(far_.local_endpoint());
  far_.connect(near_.local_endpoint());
}

v4v_crowd::v4v_crowd(busy_poll polling, std::size_t guests)
    : two_ends{threads::two}, server_{here(), embedded_link(hypervisor_, server), {polling}} {
  allow_rings(hypervisor_, server, guests + 4);
  acceptor a{server_, port};
  for (std::size_t i = 0; i < guests; ++i) {
    const auto domain = static_cast<domain_type>(client + i);
    clients_.emplace_back(there(), embedded_link(hypervisor_, domain), guest_options{polling});
    connect_one(*this, a, near_.emplace_back(server_), far_.emplace_back(clients_.back()));
  }
}

}  // namespace v4v::bench
