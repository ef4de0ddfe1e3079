#pragma once

#include <cstddef>

#include <v4v/endpoint.hpp>

#include "payload.hpp"
#include "peer.hpp"

namespace v4v::bench {

/// Where a service for calls from another program listens, in whatever domain.
inline constexpr port_type far_rpc_port = 5002;

/// v4v::rpc to a service in another program; here is the client alone. The way to the hypervisor is
/// opened for each measurement.
class far_peer final : public peer {
 public:
  far_peer(domain_type domain, std::size_t ring_size, const payload& of_run)
      : service_{domain, far_rpc_port}, ring_size_{ring_size}, payload_{of_run} {}

  void with_caller(const std::function<void(caller&)>& measure) override;

 private:
  const endpoint service_;
  const std::size_t ring_size_;
  const payload& payload_;
};

}  // namespace v4v::bench
