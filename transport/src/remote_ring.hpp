#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <memory>

#include "v4v/detail/sender.hpp"
#include "v4v/endpoint.hpp"

namespace v4v::detail {

/// A ring of another domain that this guest sends to.
struct remote_ring {
  endpoint address;

  /// The largest payload that it can ever take, as the hypervisor said.
  std::uint32_t max_payload = 0;

  /// Which of the rings that were ever at this address; 0 when the hypervisor does not say.
  std::uint16_t generation = 0;

  /// Who sends to it.
  std::list<sender*> users;

  /// Those with something to send that did not fit, first come, first served. The first one's need
  /// is what the hypervisor was asked to wait for: it remembers one need per ring and domain.
  std::deque<std::shared_ptr<sender>> blocked;

  /// Bytes of payload that the hypervisor is asked to tell of: what the first of those needs. If
  /// there is none, and it is a service's ring, more than there can ever be: that wait ends when
  /// the ring goes, of which else only its partner is told, and a service's ring has none.
  [[nodiscard]] std::uint32_t space_awaited() const noexcept {
    return blocked.empty() ? space_awaited_at(address) : blocked.front()->space_needed();
  }
  [[nodiscard]] static std::uint32_t space_awaited_at(const endpoint& address) noexcept {
    return address.port() < first_connecting_port ? ~std::uint32_t{0} : 0;
  }
};

}  // namespace v4v::detail
