#include <cstddef>

#include "core/errors.hpp"
#include "core/guest_memory.hpp"
#include "core/hypervisor.hpp"

namespace v4v::hv {
namespace {

// Turns a header, already out of the guest's reach, into a shape; its positions are not looked at.
// Page counts are compared in 64 bits, and nothing is computed from a length before it is known to
// be legal.
long check_shape(const v4v_ring& header, std::uint64_t page_count, ring_shape& shape) noexcept {
  if (header.magic != V4V_RING_MAGIC) return error::invalid;
  if (header.id.addr.port == V4V_PORT_ANY) return error::invalid;
  if (header.len < V4V_MIN_RING_LEN || header.len > V4V_MAX_RING_LEN ||
      header.len % V4V_MESSAGE_ALIGNMENT != 0) {
    return error::invalid;
  }
  if (page_count != v4v_ring_pages(header.len)) return error::invalid;
  shape.key = {header.id.addr.port, header.id.partner};
  shape.len = header.len;
  shape.page_count = static_cast<std::uint32_t>(page_count);
  return 0;
}

// A ring that nobody knows yet; goes again, with its pins, unless it is handed over.
class unborn_ring {
 public:
  unborn_ring(port& host, const domain& owner, const ring_shape& shape) noexcept
      : host_{host}, owner_{owner}, ring_{ring::create(host, shape)} {}
  ~unborn_ring() {
    if (ring_ != nullptr) ring::destroy(host_, owner_, ring_);
  }
  unborn_ring(const unborn_ring&) = delete;
  unborn_ring& operator=(const unborn_ring&) = delete;

  [[nodiscard]] long pin(std::uint64_t pfns) noexcept {
    return ring_ == nullptr ? error::no_memory : ring_->pin(host_, owner_, pfns);
  }
  [[nodiscard]] bool take_positions() noexcept { return ring_->take_positions(); }
  [[nodiscard]] ring& hand_over() noexcept {
    ring& r = *ring_;
    ring_ = nullptr;
    return r;
  }

 private:
  port& host_;
  const domain& owner_;
  ring* ring_;
};

// Of all rings of the domains with one id, one after another, so that one that is born again does
// not begin where the one before it did. And of those alone: others could have it come round when
// they please, and would learn from it what they have nothing to do with. It comes round after
// 65,535 rings, while somebody who compares looks at each event. Relaxed: the numbers only have to
// differ.
std::uint16_t next_generation(domain& owner) noexcept {
  return static_cast<std::uint16_t>(1 + owner.generations.fetch_add(1, std::memory_order_relaxed) %
                                            0xffff);
}

}  // namespace

long hypervisor::register_ring(domain& caller, std::uint64_t ring_at, std::uint64_t pfns_at,
                               std::uint64_t page_count) noexcept {
  if (ring_at % V4V_PAGE_SIZE != 0) return error::invalid;
  // Without the positions: if this is a ring that is registered already, senders may be at tx_ptr
  // this very moment.
  v4v_ring header;
  std::uint32_t activity_slot;
  if (!host_.copy_from_guest(caller, &header, ring_at, offsetof(v4v_ring, rx_ptr)) ||
      !read_guest(host_, caller, ring_at + offsetof(v4v_ring, reserved), activity_slot)) {
    return error::fault;
  }
  ring_shape shape;
  if (const long bad = check_shape(header, page_count, shape)) return bad;
  shape.activity_slot = slot_from(activity_slot);

  // Asked now, so that a domain at its limit cannot have pages pinned for nothing, and again
  // below, because its other processors may register rings meanwhile: pinning is slow and done
  // without locks.
  {
    shared_guard l2{host_, caller.rings_lock};
    if (const long refused = caller.rings.admits(shape.key)) return refused;
  }
  shape.generation = next_generation(caller);
  unborn_ring candidate{host_, caller, shape};
  if (const long failed = candidate.pin(pfns_at)) return failed;

  shared_guard l1{host_, domains_lock_};
  {
    exclusive_guard l2{host_, caller.rings_lock};
    if (const long refused = caller.rings.admits(shape.key)) return refused;
    if (!candidate.take_positions()) return error::invalid;
    caller.rings.insert(candidate.hand_over());
  }
  // The partner's messages go to this ring from now on, so it must not go on waiting for space in
  // the one for any domain.
  if (domain* partner = domains_.find(shape.key.partner)) tell(*partner, notice::room);
  return 0;
}

}  // namespace v4v::hv
