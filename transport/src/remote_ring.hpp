#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <memory>

#include "v4v/endpoint.hpp"

namespace v4v::detail {

class sender;

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
};

}  // namespace v4v::detail
