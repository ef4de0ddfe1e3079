// Who waits for space in which ring. The argument why no wake-up is lost is in waiting_rings.hpp.

#include "core/errors.hpp"
#include "core/hypervisor.hpp"

namespace v4v::hv {

hypervisor::room hypervisor::wait_for_room(domain& owner, ring& r, const domain& who,
                                           std::uint64_t need, ring_space& space) noexcept {
  // Announced first, then looked at again. Whoever sees the announcement and comes for the waiters
  // has to wait for L3, and by then the waiter is there. Announcing does not touch the list, so if
  // there is room after all, an earlier wait of the same domain stands as it was.
  if (r.waiters.empty()) {
    owner.rings.waiting.add(r.slot);
  } else {
    owner.rings.waiting.meet();
  }
  space = r.space();
  room found = room::later;
  if (space.fits(need)) {
    found = room::enough;
  } else if (!remember(r, who, need)) {
    found = room::refused;
  }
  if (r.waiters.empty()) owner.rings.waiting.remove(r.slot);
  return found;
}

bool hypervisor::remember(ring& r, const domain& who, std::uint64_t need) noexcept {
  if (r.waiters.put(host_, who.id(), who.birth(), need)) return true;
  // The dead leave their entries behind: a domain's death that had to find them would go over all
  // rings of all domains. Here, when there is no other place to be had, one of them is taken over.
  const auto is_dead = [&](const waiter& w) { return still_living(w) == nullptr; };
  return r.waiters.take_over_if(is_dead, who.id(), who.birth(), need);
}

// Under the L3 of `r`. An entry with the id of `who`, which lives, is its own or that of a dead
// domain.
void hypervisor::stop_waiting(domain& owner, ring& r, const domain& who) noexcept {
  if (r.waiters.empty()) return;
  r.waiters.drop_if(host_, [&](const waiter& w) { return w.domain == who.id(); });
  if (r.waiters.empty()) owner.rings.waiting.remove(r.slot);
}

long hypervisor::wake_waiters(domain& owner, std::uint32_t& slot) noexcept {
  if (owner.rings.waiting.meet() == 0) return 0;

  while (wake_waiters_of_next_ring(owner, slot)) {
    if (host_.should_yield()) return error::restart;
  }
  return 0;
}

bool hypervisor::wake_waiters_of_next_ring(domain& owner, std::uint32_t& slot) noexcept {
  shared_guard l1{host_, domains_lock_};
  waiter* woken = nullptr;
  {
    shared_guard l2{host_, owner.rings_lock};
    const std::uint32_t found = owner.rings.waiting.next(slot);
    if (found == waiting_rings::none) return false;
    slot = found + 1;
    ring& r = *owner.rings.at(found);
    exclusive_guard l3{host_, r.lock};
    if (!r.waiters.empty()) {
      r.waiters.move_fitting(r.space(), woken);
      if (r.waiters.empty()) owner.rings.waiting.remove(found);
    }
  }
  signal(woken);
  return true;
}

// Under L1. Null if the domain that waited is dead, though its id may be another's by now.
domain* hypervisor::still_living(const waiter& w) noexcept {
  domain* d = domains_.find(w.domain);
  return d != nullptr && d->birth() == w.birth ? d : nullptr;
}

// Under L1, shared.
void hypervisor::signal(waiter* chain) noexcept {
  for (const waiter* w = chain; w != nullptr; w = w->next) {
    if (domain* d = still_living(*w)) tell(*d, notice::room);
  }
  waiter_list::release(host_, chain);
}

// Under L1, shared.
void hypervisor::tell(domain& d, notice what) noexcept {
  {
    shared_guard l2{host_, d.rings_lock};
    d.activity.mark(what);
  }
  host_.send_event(d);
}

}  // namespace v4v::hv
