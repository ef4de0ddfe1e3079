// The birth and death of domains.

#include <new>

#include "core/errors.hpp"
#include "core/hypervisor.hpp"

namespace v4v::hv {

long hypervisor::create_domain(std::uint16_t id, void* context, domain*& created,
                               const domain_limits& limits) noexcept {
  void* memory = host_.allocate(sizeof(domain));
  if (memory == nullptr) return error::no_memory;
  domain* d =
      new (memory) domain{host_, id, births_.fetch_add(1, std::memory_order_relaxed), context};
  d->limits = limits;

  long result = error::no_memory;
  if (d->rings.allocate(host_, d->limits.max_rings())) {
    exclusive_guard l1{host_, domains_lock_};
    result = domains_.insert(host_, id, *d);
  }
  if (result == 0) {
    created = d;
    return 0;
  }
  d->rings.release(host_);
  d->~domain();
  host_.free(d);
  return result;
}

long hypervisor::destroy_domain(domain* d) noexcept {
  if (!d->death.begun) {
    // Every use of another domain holds L1 shared: once this has it exclusively nobody is in the
    // middle of one, and once the domain is out of the table nobody begins one.
    exclusive_guard l1{host_, domains_lock_};
    domains_.erase(*d);
    add_counters(*d, of_gone_domains_);
    d->death.begun = true;
  }
  // After the domain has gone from the table, so that whoever looks then finds it gone. Events are
  // hints: one too many costs its receiver a look.
  while (tell_next_of_end(d->death.told)) {
    if (host_.should_yield()) return error::restart;
  }
  // From here on nobody else knows the domain: no locks.
  while (ring* r = d->retired) {
    if (!r->unpin(host_, *d)) return error::restart;
    d->retired = r->next;
    ring::destroy(host_, *d, r);
    if (host_.should_yield()) return error::restart;
  }
  while (ring* r = d->rings.any(d->death.slot)) {
    if (!r->unpin(host_, *d)) return error::restart;
    d->rings.drop(*r);
    ring::destroy(host_, *d, r);
    if (host_.should_yield()) return error::restart;
  }
  if (void* page = d->activity.replace(nullptr)) host_.unpin_page(*d, page);
  d->rings.release(host_);
  d->~domain();
  host_.free(d);
  return 0;
}

// A domain that comes meanwhile knows nothing of whom others mourn. With a smaller id it is not
// told, with a larger one it is, which costs it a look.
bool hypervisor::tell_next_of_end(std::uint32_t& from) noexcept {
  shared_guard l1{host_, domains_lock_};
  domain* other = domains_.next(from);
  if (other == nullptr) return false;
  from = other->id() + 1u;
  tell(*other, notice::gone);
  return true;
}

}  // namespace v4v::hv
