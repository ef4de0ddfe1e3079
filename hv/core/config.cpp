#include "core/errors.hpp"
#include "core/guest_memory.hpp"
#include "core/hypervisor.hpp"

namespace v4v::hv {

// Privileged, which operate() has seen to.
long hypervisor::config(domain& caller, std::uint64_t config_at) noexcept {
  v4v_config wanted;
  if (!read_guest(host_, caller, config_at, wanted)) return error::fault;
  if (!domain_limits::allow(wanted)) return error::invalid;

  shared_guard l1{host_, domains_lock_};
  domain* target = domains_.find(wanted.target_id);
  if (target == nullptr) return error::no_entry;
  exclusive_guard l2{host_, target->rings_lock};
  if (!target->rings.empty()) return error::busy;
  if (!target->rings.allocate(host_, wanted.max_rings)) return error::no_memory;
  target->limits.set(wanted);
  return 0;
}

}  // namespace v4v::hv
