#include "core/errors.hpp"
#include "core/hypervisor.hpp"
#include "core/send_request.hpp"

namespace v4v::hv {

long hypervisor::sendv(domain& caller, std::uint64_t address_at, std::uint64_t vectors_at,
                       std::uint64_t count, std::uint32_t type) noexcept {
  send_request request;
  long result = request.read(host_, caller, address_at, vectors_at, count);
  if (result == 0) result = send(caller, request, type);
  if (result < 0 && result != error::again) {
    caller.rejections.fetch_add(1, std::memory_order_relaxed);
  }
  return result;
}

long hypervisor::send(domain& caller, const send_request& request, std::uint32_t type) noexcept {
  shared_guard l1{host_, domains_lock_};
  // By the caller's own id, never by what it wrote in src.domain: that field is not looked at.
  const v4v_addr source{request.claimed_port(), caller.id(), 0};
  const bool accepted = rules_.accepts(source, request.to());
  domain* owner = domains_.find(request.to().domain);
  if (owner == nullptr) return error::connection_refused;

  long result;
  {
    shared_guard l2{host_, owner->rings_lock};
    ring* r = owner->rings.find_for(request.to().port, caller.id());
    if (r == nullptr) return error::connection_refused;
    if (accepted) {
      exclusive_guard l3{host_, r->lock};
      result = deliver(caller, *owner, *r, request, type);
    } else {
      result = error::connection_refused;
    }
    if (result < 0 && result != error::again) {
      r->rejected.fetch_add(1, std::memory_order_relaxed);
    }
  }
  // Under L1 alone: an event may be a system call, and the ring is free for others meanwhile.
  if (result >= 0) host_.send_event(*owner);
  return result;
}

long hypervisor::deliver(domain& caller, domain& owner, ring& r, const send_request& request,
                         std::uint32_t type) noexcept {
  if (request.size() > v4v_max_payload(r.len())) return error::message_size;
  const auto need = static_cast<std::uint32_t>(bytes_on_ring(request.size()));

  ring_space space = r.measure();
  if (!space.fits(need)) {
    switch (wait_for_room(owner, r, caller, need, space)) {
      case room::enough:
        break;
      case room::later:
        ++r.counters.would_block;
        return error::again;
      case room::refused:
        return error::no_memory;
    }
  }

  // Straight from the sender's memory to the receiver's. A fault half-way leaves bytes in the free
  // part of the ring, where nobody looks; tx_ptr has not moved. The padding is not written.
  std::uint32_t offset = sizeof(v4v_message_header);
  for (const v4v_iov& vector : request) {
    if (!r.write(host_, caller, offset, vector.base, vector.len)) return error::fault;
    offset += vector.len;
  }
  r.publish(request.size(), type, {request.claimed_port(), caller.id(), 0});
  owner.activity.mark(r.activity_slot());

  ++r.counters.messages;
  r.counters.bytes += request.size();
  const std::uint32_t used = r.len() - space.free + need;
  if (r.counters.high_water < used) r.counters.high_water = used;
  return static_cast<long>(request.size());
}

}  // namespace v4v::hv
