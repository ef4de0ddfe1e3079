// The birth and death of domains.

#include <new>

#include "core/errors.hpp"
#include "core/hypervisor.hpp"

namespace v4v::hv {

long hypervisor::create_domain(std::uint16_t id, void* context, domain*& created) noexcept {
  void* memory = host_.allocate(sizeof(domain));
  if (memory == nullptr) return error::no_memory;
  domain* d =
      new (memory) domain{host_, id, births_.fetch_add(1, std::memory_order_relaxed), context};

  long result = error::no_memory;
  if (d->rings.allocate(host_, d->limits.max_rings)) {
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

void hypervisor::destroy_domain(domain* d) noexcept {
  {
    // Every use of another domain holds L1 shared: once this has it exclusively nobody is in the
    // middle of one, and once the domain is out of the table nobody begins one.
    exclusive_guard l1{host_, domains_lock_};
    domains_.erase(d->id());
    add_counters(*d, of_gone_domains_);
  }
  {
    // After the domain has gone from the table, so that whoever looks then finds it gone. Events
    // are hints: one too many costs its receiver a look.
    shared_guard l1{host_, domains_lock_};
    domains_.for_each([&](domain& other) { host_.send_event(other); });
  }
  d->rings.for_each([&](ring& r) {
    d->rings.erase(r);
    ring::destroy(host_, *d, &r);
  });
  d->rings.release(host_);
  d->~domain();
  host_.free(d);
}

}  // namespace v4v::hv
