#include "embedded/process_port.hpp"

#include <cstdlib>
#include <cstring>
#include <new>

#include "core/domain.hpp"
#include "embedded/big_reader_lock.hpp"
#include "embedded/futex_lock.hpp"
#include "v4v/abi.h"

namespace v4v::hv {
namespace {

// Where a process's own addresses end; what is above belongs to the kernel or to nobody.
#if defined(__x86_64__)
constexpr std::uint64_t address_limit = std::uint64_t{1} << 47;
#else
constexpr std::uint64_t address_limit = std::uint64_t{1} << 48;
#endif

// Whether [at, at + size) could be memory of this process. Nothing is ever mapped in the first
// page, so a null pointer and what is computed from one are found out. An address that is none of
// the process's, but could be, crashes it: see embedded.hpp.
constexpr bool plausible(std::uint64_t at, std::uint64_t size) noexcept {
  return at >= V4V_PAGE_SIZE && at < address_limit && size <= address_limit - at;
}

void* memory_at(std::uint64_t at) noexcept {
  return reinterpret_cast<void*>(static_cast<std::uintptr_t>(at));
}

// What a lock is: L3 is taken at every message and never shared, the others are hardly ever taken
// exclusively.
template <class Lock>
Lock& held_in(port_lock& lock) noexcept {
  static_assert(sizeof(Lock) <= sizeof(port_lock) && alignof(Lock) <= alignof(port_lock));
  return *std::launder(static_cast<Lock*>(static_cast<void*>(lock.storage)));
}
futex_lock& exclusive(port_lock& lock) noexcept { return held_in<futex_lock>(lock); }
big_reader_lock& shared(port_lock& lock) noexcept { return held_in<big_reader_lock>(lock); }

}  // namespace

bool process_port::copy_from_guest(const domain&, void* to, std::uint64_t from,
                                   std::size_t size) noexcept {
  if (!plausible(from, size)) return false;
  // Domains share an address space, and one may send itself what lies in its own ring: the two may
  // overlap.
  if (size == sizeof(v4v_iov)) {
    // Addresses and vectors, two of the three copies of a small send: no call for those.
    std::byte whole[sizeof(v4v_iov)];
    std::memcpy(whole, memory_at(from), sizeof(whole));
    std::memcpy(to, whole, sizeof(whole));
  } else {
    std::memmove(to, memory_at(from), size);
  }
  return true;
}

bool process_port::copy_to_guest(const domain&, std::uint64_t to, const void* from,
                                 std::size_t size) noexcept {
  if (!plausible(to, size)) return false;
  std::memmove(memory_at(to), from, size);
  return true;
}

bool process_port::pin_page(const domain&, std::uint64_t pfn, void*& page) noexcept {
  if (pfn >= address_limit / V4V_PAGE_SIZE || !plausible(pfn * V4V_PAGE_SIZE, V4V_PAGE_SIZE)) {
    return false;
  }
  page = memory_at(pfn * V4V_PAGE_SIZE);
  return true;
}

// The process's memory stays where it is; that it is not freed is the domain's own business.
void process_port::unpin_page(const domain&, void*) noexcept {}

// In cache lines of its own, and those in pairs, as processors fetch them. A ring is written to at
// every message by who sends; what lies around it is likely to be its owner's, in use as often.
void* process_port::allocate(std::size_t size) noexcept {
  constexpr std::size_t lines = 128;
  return std::aligned_alloc(lines, (size + lines - 1) / lines * lines);
}
void process_port::free(void* memory) noexcept { std::free(memory); }

void process_port::init_lock(port_lock& lock, lock_level level) noexcept {
  if (level == lock_level::ring) {
    new (lock.storage) futex_lock;
  } else {
    new (lock.storage) big_reader_lock;
  }
}
void process_port::lock(port_lock& lock, lock_level level) noexcept {
  if (level == lock_level::ring) {
    exclusive(lock).lock();
  } else {
    shared(lock).lock();
  }
}
void process_port::unlock(port_lock& lock, lock_level level) noexcept {
  if (level == lock_level::ring) {
    exclusive(lock).unlock();
  } else {
    shared(lock).unlock();
  }
}
void process_port::lock_shared(port_lock& lock, lock_level level) noexcept {
  shared(lock).lock_shared(level);
}
void process_port::unlock_shared(port_lock& lock, lock_level level) noexcept {
  shared(lock).unlock_shared(level);
}

void process_port::send_event(domain& guest) noexcept {
  static_cast<process_domain*>(guest.context())->events.signal();
}

std::uint32_t process_port::event_channel(const domain&) noexcept { return 0; }

bool process_port::is_privileged(const domain& guest) noexcept {
  return static_cast<const process_domain*>(guest.context())->privileged;
}

bool process_port::should_yield() noexcept { return false; }

}  // namespace v4v::hv
