#include <cstddef>

#include "core/errors.hpp"
#include "core/guest_memory.hpp"
#include "core/hypervisor.hpp"

namespace v4v::hv {
namespace {

// The fields that are the hypervisor's; the question is still the guest's to change.
bool write_answer(port& host, const domain& caller, std::uint64_t entry_at,
                  const v4v_ring_data_ent& entry) noexcept {
  return write_guest(host, caller, entry_at + offsetof(v4v_ring_data_ent, max_message_size),
                     entry.max_message_size) &&
         write_guest(host, caller, entry_at + offsetof(v4v_ring_data_ent, generation),
                     entry.generation) &&
         write_guest(host, caller, entry_at + offsetof(v4v_ring_data_ent, flags), entry.flags);
}

// What a call's progress is: the slot at which to go on waking, or this and the entry at which to
// go on answering. In 32 bits, for that is what a port may have room for where it is kept.
constexpr std::uint64_t answering = std::uint64_t{1} << 31;
static_assert(V4V_MAX_RINGS < answering && V4V_MAX_NOTIFY < answering);

}  // namespace

long hypervisor::notify(domain& caller, std::uint64_t data_at, std::uint64_t& progress) noexcept {
  auto next = static_cast<std::uint32_t>(progress & (answering - 1));
  if ((progress & answering) == 0) {
    if (const long not_yet = wake_waiters(caller, next)) {
      progress = next;
      return not_yet;
    }
    next = 0;
  }
  if (data_at == 0) return 0;

  v4v_ring_data data;
  if (!read_guest(host_, caller, data_at, data)) return error::fault;
  if (data.magic != V4V_RING_DATA_MAGIC) return error::invalid;
  if (data.nent > caller.limits.max_notify()) return error::no_space;

  for (std::uint32_t i = next; i < data.nent; ++i) {
    if (i != next && host_.should_yield()) {
      progress = answering | i;
      return error::restart;
    }
    const std::uint64_t entry_at = data_at + sizeof(data) + i * sizeof(v4v_ring_data_ent);
    v4v_ring_data_ent entry;
    if (!read_guest(host_, caller, entry_at, entry)) return error::fault;
    answer(caller, entry);
    if (!write_answer(host_, caller, entry_at, entry)) return error::fault;
  }
  return 0;
}

void hypervisor::answer(domain& caller, v4v_ring_data_ent& entry) noexcept {
  entry.flags = 0;
  entry.generation = 0;
  entry.max_message_size = 0;

  shared_guard l1{host_, domains_lock_};
  if (!rules_.reveals(caller.id(), entry.ring)) return;
  domain* owner = domains_.find(entry.ring.domain);
  if (owner == nullptr) return;
  shared_guard l2{host_, owner->rings_lock};
  ring* r = owner->rings.find_for(entry.ring.port, caller.id());
  if (r == nullptr) return;

  std::uint32_t flags = V4V_RING_EXISTS;
  entry.generation = r->generation();
  entry.max_message_size = v4v_max_payload(r->len());

  // A payload that the ring can never take is not an error here: the wait for it ends when the ring
  // goes, so it is a way to watch a ring.
  exclusive_guard l3{host_, r->lock};
  const std::uint64_t need = bytes_on_ring(entry.space_required);
  ring_space space = r->measure();
  const room found =
      space.fits(need) ? room::enough : wait_for_room(*owner, *r, caller, need, space);
  switch (found) {
    case room::enough:
      // This question replaces an earlier one, and it has its answer.
      stop_waiting(*owner, *r, caller);
      flags |= V4V_RING_SUFFICIENT;
      break;
    case room::later:
      flags |= V4V_RING_PENDING;
      break;
    case room::refused:
      break;
  }
  if (space.empty) flags |= V4V_RING_EMPTY;
  entry.flags = static_cast<std::uint16_t>(flags);
}

}  // namespace v4v::hv
