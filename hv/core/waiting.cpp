// Who waits for space in which ring. The argument why no wake-up is lost is in waiting_rings.hpp.

#include "core/hypervisor.hpp"

namespace v4v::hv {

hypervisor::room hypervisor::wait_for_room(domain& owner, ring& r, std::uint16_t who,
                                           std::uint64_t need, ring_space& space) noexcept {
  // Announced first, then looked at again. Whoever sees the announcement and comes for the waiters
  // has to wait for L3, and by then the waiter is there. Announcing does not touch the list, so if
  // there is room after all, an earlier wait of the same domain stands as it was.
  const bool first = r.waiters.empty();
  if (first) {
    owner.rings.waiting.add(r.slot);
  } else {
    owner.rings.waiting.meet();
  }
  space = r.space();
  if (space.broken) ++r.counters.broken_rx;
  room found = room::later;
  if (space.fits(need)) {
    found = room::enough;
  } else if (!r.waiters.put(host_, who, need)) {
    found = room::no_memory;
  }
  if (first && found != room::later) owner.rings.waiting.remove(r.slot);
  return found;
}

// Under the L3 of `r`.
void hypervisor::stop_waiting(domain& owner, ring& r, std::uint16_t who) noexcept {
  if (r.waiters.empty()) return;
  r.waiters.drop(host_, who);
  if (r.waiters.empty()) owner.rings.waiting.remove(r.slot);
}

void hypervisor::forget_waiter(domain& owner, std::uint16_t who) noexcept {
  shared_guard l2{host_, owner.rings_lock};
  owner.rings.waiting.for_each([&](std::uint32_t slot) {
    ring& r = *owner.rings.at(slot);
    exclusive_guard l3{host_, r.lock};
    stop_waiting(owner, r, who);
  });
}

void hypervisor::wake_waiters(domain& owner) noexcept {
  if (owner.rings.waiting.meet() == 0) return;

  shared_guard l1{host_, domains_lock_};
  waiter* woken = nullptr;
  {
    shared_guard l2{host_, owner.rings_lock};
    owner.rings.waiting.for_each([&](std::uint32_t slot) {
      ring& r = *owner.rings.at(slot);
      exclusive_guard l3{host_, r.lock};
      if (r.waiters.empty()) return;
      r.waiters.move_fitting(r.space(), woken);
      if (r.waiters.empty()) owner.rings.waiting.remove(slot);
    });
  }
  signal(woken);
}

// Under L1, shared. One that waited may be dead by now, and its id another's: a spurious event.
void hypervisor::signal(waiter* chain) noexcept {
  while (chain != nullptr) {
    waiter* next = chain->next;
    if (domain* d = domains_.find(chain->domain)) host_.send_event(*d);
    host_.free(chain);
    chain = next;
  }
}

}  // namespace v4v::hv
