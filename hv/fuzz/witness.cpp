#include "fuzz/witness.hpp"

#include "core/domain.hpp"

namespace v4v::hv::fuzz {
namespace {

life& life_of(const domain& d) {
  return static_cast<life&>(*static_cast<testing::test_domain*>(d.context()));
}

std::span<const std::byte> bytes_at(const void* at, std::size_t size) {
  return {static_cast<const std::byte*>(at), size};
}

}  // namespace

bool witness::copy_from_guest(const domain& guest, void* to, std::uint64_t from,
                              std::size_t size) noexcept {
  require(&life_of(guest) == &now->by(), "the memory of another guest is read");
  const bool into_a_guest = w_.owner_of(to) != nullptr;
  if (into_a_guest) now->copies();
  if (!test_port::copy_from_guest(guest, to, from, size)) {
    now->faulted();
    return false;
  }
  if (into_a_guest) {
    now->copied(static_cast<std::byte*>(to), from, size);
  } else {
    now->reads(from, bytes_at(to, size));
  }
  return true;
}

bool witness::copy_to_guest(const domain& guest, std::uint64_t to, const void* from,
                            std::size_t size) noexcept {
  life& caller = life_of(guest);
  require(&caller == &now->by(), "the memory of another guest is written");
  if (!test_port::copy_to_guest(guest, to, from, size)) {
    now->faulted();
    return false;
  }
  now->wrote(to, bytes_at(from, size));
  caller.flesh.allow(caller.flesh.at(to), size);
  return true;
}

bool witness::pin_page(const domain& guest, std::uint64_t pfn, void*& page) noexcept {
  require(&life_of(guest) == &now->by(), "a page of another guest is pinned");
  if (!test_port::pin_page(guest, pfn, page)) {
    now->faulted();
    return false;
  }
  now->pinned(static_cast<std::byte*>(page));
  return true;
}

void* witness::allocate(std::size_t size) noexcept {
  void* const block = test_port::allocate(size);
  if (now == nullptr) return block;
  if (block == nullptr) {
    now->out_of_memory();
  } else {
    now->allocated(block);
  }
  return block;
}

void witness::free(void* memory) noexcept {
  test_port::free(memory);
  if (now != nullptr) now->freed(memory);
}

void witness::init_lock(port_lock& lock, lock_level level) noexcept {
  if (level == lock_level::ring) now->ring_created(lock);
  test_port::init_lock(lock, level);
}

void witness::lock(port_lock& lock, lock_level level) noexcept {
  test_port::lock(lock, level);
  if (now != nullptr) now->locked(level, false, lock);
}

void witness::unlock(port_lock& lock, lock_level level) noexcept {
  if (now != nullptr) now->unlocking(level, false, lock);
  test_port::unlock(lock, level);
}

void witness::lock_shared(port_lock& lock, lock_level level) noexcept {
  test_port::lock_shared(lock, level);
  if (now == nullptr) return;
  now->locked(level, true, lock);
  if (life* l = level == lock_level::rings ? owner_of_rings_under(lock) : nullptr)
    now->locked_rings_of(*l);
}

// Null for one that is being born, or is dead.
life* witness::owner_of_rings_under(const port_lock& lock) {
  for (life& l : w_.lives) {
    if (l.self != nullptr && &l.self->rings_lock.lock == &lock) return &l;
  }
  return nullptr;
}

void witness::unlock_shared(port_lock& lock, lock_level level) noexcept {
  if (now != nullptr) {
    now->unlocking(level, true, lock);
    if (life* l = level == lock_level::rings ? owner_of_rings_under(lock) : nullptr)
      now->unlocking_rings_of(*l);
  }
  test_port::unlock_shared(lock, level);
}

void witness::send_event(domain& guest) noexcept {
  test_port::send_event(guest);
  life& who = life_of(guest);
  require(who.listed, "an event for a dead domain", who.id);
  now->signalled(who);
}

bool witness::should_yield() noexcept {
  const bool yes = test_port::should_yield();
  now->asked_to_yield(yes);
  return yes;
}

void witness::check_account() {
  require(locked() == 0, "locks are held after a call", locked());

  // What imbalance() says beyond what there is to give back are broken rules.
  const long left = (pinned() != 0 ? 1 : 0) + (allocated() != 0 ? 1 : 0);
  const std::string all = imbalance();
  long said = all.empty() ? 0 : 1;
  for (const char ch : all)
    said += ch == ';' ? 1 : 0;
  if (said != left) violation(all.c_str());

  long bound = 4096 * 64 + 128 * 256 * 8;  // rules, with the room to grow; the tables of domains
  for (const life& l : w_.lives) {
    if (l.self == nullptr) continue;
    long registered = l.activity != nullptr ? 1 : 0;
    for (const known_ring& r : l.rings) {
      registered += static_cast<long>(r.pages.size());
      bound += 256 + static_cast<long>(r.pages.size() * 8 + r.waiters.size() * 32);
    }
    long retired = 0;
    for (const auto& [block, pages] : l.retired) {
      retired += pages;
      bound += 256 + pages * 8 + V4V_MAX_WAITERS * 32;
    }
    long pins = 0;
    for (const auto& [page, count] : l.pins)
      pins += count;
    require(pins >= registered && pins <= registered + retired,
            "other pages are pinned than should", pins, registered);
    bound += 512 + 64 + long{l.limits.max_rings} * 8 * 4;
    require(l.rings.size() + l.retired.size() <= l.limits.max_rings,
            "a domain has more rings than it may", l.id, l.limits.max_rings);
  }
  require(bytes() <= bound, "more memory is used than the limits allow", bytes(), bound);
}

}  // namespace v4v::hv::fuzz
