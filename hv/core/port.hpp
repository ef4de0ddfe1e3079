#pragma once

#include <cstddef>
#include <cstdint>

namespace v4v::hv {

class domain;

/// The three levels of locks, in the order in which a thread may take them. At most one lock of a
/// level is held at a time, and none is taken twice.
enum class lock_level : std::uint8_t {
  domains = 1,  ///< L1: the table of domains. Shared to use any domain but the caller.
  rings = 2,    ///< L2, one per domain: its table of rings. Shared to use a ring.
  ring = 3,     ///< L3, one per ring: its positions, waiters and counters. Always exclusive.
};

/// Room for whatever a port's read-write lock is; the core only embeds it.
struct port_lock {
  alignas(void*) std::byte storage[32];
};

/// Everything that the core asks of the place it runs in. The core itself never allocates, locks,
/// touches guest memory by a guest's address, or reaches a domain in any other way.
///
/// Addresses and page frame numbers come from guests and may be anything; a port checks them
/// against the domain they belong to. No function may throw.
class port {
 public:
  /// Copies `size` bytes from or to the memory of `guest`. False if any of it is out of the
  /// guest's reach; what was copied by then is unspecified. Called with locks held.
  virtual bool copy_from_guest(const domain& guest, void* to, std::uint64_t from,
                               std::size_t size) noexcept = 0;
  virtual bool copy_to_guest(const domain& guest, std::uint64_t to, const void* from,
                             std::size_t size) noexcept = 0;

  /// Maps a page of `guest` for reading and writing until unpin_page; the guest can neither take
  /// it away nor move it meanwhile. False, and nothing to undo, if there is no such page.
  virtual bool pin_page(const domain& guest, std::uint64_t pfn, void*& page) noexcept = 0;
  virtual void unpin_page(const domain& guest, void* page) noexcept = 0;

  /// Memory aligned for anything, or null. `memory` was allocated here.
  virtual void* allocate(std::size_t size) noexcept = 0;
  virtual void free(void* memory) noexcept = 0;

  /// Read-write locks. `level` never changes for a lock. Readers that come while a thread waits for
  /// exclusive use wait for it.
  virtual void init_lock(port_lock& lock, lock_level level) noexcept = 0;
  virtual void lock(port_lock& lock, lock_level level) noexcept = 0;
  virtual void unlock(port_lock& lock, lock_level level) noexcept = 0;
  virtual void lock_shared(port_lock& lock, lock_level level) noexcept = 0;
  virtual void unlock_shared(port_lock& lock, lock_level level) noexcept = 0;

  /// Tells `guest` to look at its rings and to try again what it waits for. What the calling thread
  /// stored atomically before (tx_ptr, activity bits) the guest sees once it takes the event.
  /// Called with L1 held, so that the domain cannot go.
  virtual void send_event(domain& guest) noexcept = 0;

  /// The event channel on which `guest` gets its events, as info answers it; 0 if the port has
  /// none.
  virtual std::uint32_t event_channel(const domain& guest) noexcept = 0;

  /// Whether `guest` may change rules and limits. Asked at each such call.
  virtual bool is_privileged(const domain& guest) noexcept = 0;

  /// Whether the thread has something more urgent to do. Asked without locks, between the pieces of
  /// work that may be long: the core then answers error::restart and the port calls again later.
  virtual bool should_yield() noexcept = 0;

 protected:
  ~port() = default;
};

}  // namespace v4v::hv
