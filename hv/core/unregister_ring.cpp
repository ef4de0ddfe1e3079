#include <cstddef>

#include "core/errors.hpp"
#include "core/hypervisor.hpp"

namespace v4v::hv {

long hypervisor::unregister_ring(domain& caller, std::uint64_t ring_at) noexcept {
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
      caller.of_gone_rings += gone->counters;
      gone->waiters.move_all(waiting);
    }
    signal(waiting);
    if (domain* partner = domains_.find(key.partner)) host_.send_event(*partner);
  }
  ring::destroy(host_, caller, gone);
  return 0;
}

}  // namespace v4v::hv
