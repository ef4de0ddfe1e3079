#include <cstddef>

#include "core/errors.hpp"
#include "core/hypervisor.hpp"

namespace v4v::hv {

long hypervisor::unregister_ring(domain& caller, std::uint64_t ring_at,
                                 std::uint64_t& progress) noexcept {
  if (progress != 0) return release_retired(caller, progress);

  // No more than the name: senders may be at tx_ptr this very moment.
  v4v_ring header;
  if (!host_.copy_from_guest(caller, &header, ring_at, offsetof(v4v_ring, len))) {
    return error::fault;
  }
  if (header.magic != V4V_RING_MAGIC) return error::invalid;
  const ring_key key{header.id.addr.port, header.id.partner};

  ring* gone;
  {
    shared_guard l1{host_, domains_lock_};
    waiter* waiting = nullptr;
    {
      // Senders hold L2 shared while they write: none is in the ring now, none finds it later.
      exclusive_guard l2{host_, caller.rings_lock};
      gone = caller.rings.find(key);
      if (gone == nullptr) return error::no_entry;
      caller.rings.erase(*gone);
      caller.of_gone_rings += gone->counts();
      gone->waiters.move_all(waiting);
    }
    signal(waiting);
    if (domain* partner = domains_.find(key.partner)) tell(*partner, notice::gone);
  }
  return release(caller, *gone, progress);
}

long hypervisor::release(domain& owner, ring& r, std::uint64_t& progress) noexcept {
  if (r.unpin(host_, owner)) {
    ring::destroy(host_, owner, &r);
    owner.rings.forget();
    return 0;
  }
  exclusive_guard l2{host_, owner.rings_lock};
  r.next = owner.retired;
  owner.retired = &r;
  progress = 1;
  return error::restart;
}

// Another processor of the domain may be here too: it releases other rings, and one of those may be
// the one that this call is about.
long hypervisor::release_retired(domain& owner, std::uint64_t& progress) noexcept {
  for (;;) {
    ring* r;
    {
      exclusive_guard l2{host_, owner.rings_lock};
      r = owner.retired;
      if (r == nullptr) return owner.releasing == 0 ? 0 : error::restart;
      owner.retired = r->next;
      ++owner.releasing;
    }
    const long not_yet = release(owner, *r, progress);
    bool more;
    {
      exclusive_guard l2{host_, owner.rings_lock};
      --owner.releasing;
      more = owner.retired != nullptr;
    }
    if (not_yet != 0) return not_yet;
    if (more && host_.should_yield()) return error::restart;
  }
}

}  // namespace v4v::hv
