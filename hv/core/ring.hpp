#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/activity_page.hpp"
#include "core/guard.hpp"
#include "core/ring_counters.hpp"
#include "core/ring_space.hpp"
#include "core/waiter_list.hpp"
#include "v4v/abi.h"

namespace v4v::hv {

/// What tells the rings of one domain apart.
struct ring_key {
  std::uint32_t port;
  std::uint16_t partner;  ///< V4V_DOMAIN_ANY: everybody may send.

  friend bool operator==(const ring_key&, const ring_key&) = default;
};

/// What a guest said about a ring that it registers, checked: `len` is a legal length,
/// `page_count` is what it takes.
struct ring_shape {
  ring_key key;
  std::uint32_t len;
  std::uint32_t page_count;
  std::uint32_t activity_slot;  ///< Or no_slot.
  std::uint16_t generation;     ///< Not the guest's: what notify says of the ring.
};

/// What a ring looks like from outside, at one moment.
struct ring_state {
  ring_key key;
  std::uint32_t len;
  std::uint32_t used;           ///< Bytes; all of them if the owner broke rx_ptr.
  std::uint32_t activity_slot;  ///< Or no_slot.
  std::uint32_t waiters;        ///< How many domains wait for space.
  ring_counters counters;
};

/// A registered ring: the pinned pages of its owner's memory, and all that the hypervisor knows
/// about it. None of it is ever read back from those pages but rx_ptr, and tx_ptr once, before
/// anybody knows the ring.
///
/// Lifetime: found and used with its owner's L2 held shared, removed with it held exclusively.
class ring {
 public:
  /// A ring with none of its pages pinned, or null if there is no memory.
  [[nodiscard]] static ring* create(port& host, const ring_shape& shape) noexcept;

  /// Unpins the pages that are still pinned, forgets the waiters without telling them, and frees
  /// the ring. Nobody else may know the ring any more.
  static void destroy(port& host, const domain& owner, ring* r) noexcept;

  /// Pins the owner's pages, whose frame numbers are an array at guest address `pfns`. If it fails
  /// some are pinned and destroy() takes them back.
  [[nodiscard]] long pin(port& host, const domain& owner, std::uint64_t pfns) noexcept;

  /// Unpins pages until none is left, or until the port should yield: true in the first case.
  /// Nobody else may know the ring any more.
  [[nodiscard]] bool unpin(port& host, const domain& owner) noexcept;

  /// Reads the positions out of the pages, which are pinned. A good tx_ptr is kept, for after a
  /// suspend a ring comes back with its messages; any other becomes rx_ptr. False if rx_ptr is no
  /// position.
  [[nodiscard]] bool take_positions() noexcept;

  [[nodiscard]] const ring_key& key() const noexcept { return key_; }
  [[nodiscard]] std::uint32_t len() const noexcept { return len_; }
  [[nodiscard]] std::uint32_t activity_slot() const noexcept { return activity_slot_; }
  [[nodiscard]] std::uint16_t generation() const noexcept { return generation_; }

  /// Under lock. The first reads rx_ptr, the second nothing of the owner's.
  [[nodiscard]] ring_state state() const noexcept;
  [[nodiscard]] ring_counters counts() const noexcept;

  /// What a call that wants space begins with: space(), and a broken rx_ptr is counted, once for
  /// the call. Everything from here on is under lock.
  [[nodiscard]] ring_space measure() noexcept {
    const ring_space found = space();
    if (found.broken) ++counters.broken_rx;
    return found;
  }

  /// Reads rx_ptr, once.
  [[nodiscard]] ring_space space() const noexcept {
    // Acquire, with the owner's release store of rx_ptr: it has read the messages up to there
    // before we write over them.
    const std::uint32_t rx =
        std::atomic_ref<std::uint32_t>{header()->rx_ptr}.load(std::memory_order_acquire);
    return measure_space(rx, tx_, len_);
  }

  /// Writes `size` bytes at guest address `from` into the ring, `offset` bytes behind the start of
  /// the next message, around the end of the data if need be. There is room for them. Invisible to
  /// the owner until publish().
  [[nodiscard]] bool write(port& host, const domain& sender, std::uint32_t offset,
                           std::uint64_t from, std::uint32_t size) noexcept;

  /// Completes the next message: puts a header in front of the `size` bytes of payload that were
  /// written, and moves tx_ptr past it.
  void publish(std::uint32_t size, std::uint32_t type, v4v_addr source) noexcept;

  leveled_lock<lock_level::ring> lock;  ///< L3
  waiter_list waiters;                  ///< L3
  ring_counters counters;               ///< L3; counts() has the rest

  /// Sends to this ring that were answered with an error other than EAGAIN. Counted without L3, so
  /// that those whom a rule keeps out cannot hold up the others.
  std::atomic<std::uint64_t> rejected{0};

  ring* next = nullptr;    ///< In a bucket of the owner's ring_table, or of what it retired; L2.
  std::uint32_t slot = 0;  ///< In the ring_table.

 private:
  struct run {
    std::byte* at;
    std::uint32_t size;
  };

  ring(port& host, const ring_shape& shape) noexcept;

  /// Makes the owner's tx_ptr what the hypervisor holds it to be.
  void store_tx() noexcept;

  // The mapped pages' addresses stand behind the object, in the same allocation.
  [[nodiscard]] void** pages() noexcept { return reinterpret_cast<void**>(this + 1); }
  [[nodiscard]] void* const* pages() const noexcept {
    return reinterpret_cast<void* const*>(this + 1);
  }
  [[nodiscard]] v4v_ring* header() const noexcept { return static_cast<v4v_ring*>(*pages()); }
  [[nodiscard]] std::byte* at(std::uint32_t position) const noexcept {
    const std::uint32_t offset = static_cast<std::uint32_t>(sizeof(v4v_ring)) + position;
    return static_cast<std::byte*>(pages()[offset / V4V_PAGE_SIZE]) + offset % V4V_PAGE_SIZE;
  }
  [[nodiscard]] run contiguous(std::uint32_t position, std::uint32_t size) const noexcept;

  const ring_key key_;
  const std::uint32_t len_;
  const std::uint32_t page_count_;
  const std::uint32_t activity_slot_;
  const std::uint16_t generation_;
  std::uint32_t unpinned_ = 0;  // So many of the first pages have been, by unpin().
  std::uint32_t tx_ = 0;        // The truth; the tx_ptr in the header is for the owner to read.
};

}  // namespace v4v::hv
