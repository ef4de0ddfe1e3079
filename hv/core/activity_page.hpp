#pragma once

#include <atomic>
#include <cstdint>

#include "core/port.hpp"
#include "v4v/abi.h"

namespace v4v::hv {

/// What an event that no message led to is about: the bit that tells of it.
enum class notice : std::uint32_t { room = V4V_ACTIVITY_ROOM, gone = V4V_ACTIVITY_GONE };

/// The activity slot of a ring that has none.
inline constexpr std::uint32_t no_slot = ~std::uint32_t{0};

/// What the first field of a ring's `reserved` says. A slot that no page has a bit for is none:
/// the ring works, and its owner looks at it as at the others without a slot.
[[nodiscard]] constexpr std::uint32_t slot_from(std::uint32_t reserved) noexcept {
  return reserved == 0 || reserved > V4V_ACTIVITY_SLOTS ? no_slot : reserved - 1;
}

/// The page in which a domain finds out which of its rings have messages, pinned; or none. Under
/// the domain's L2, shared to mark. The guest clears bits, and writes anything, at any time.
class activity_page {
 public:
  /// Puts `page`, pinned, or null in place of the one that was there, which is the answer.
  [[nodiscard]] void* replace(void* page) noexcept {
    void* before = page_;
    page_ = page;
    return before;
  }

  /// Sets a ring's bit; `slot` is a slot or no_slot.
  void mark(std::uint32_t slot) const noexcept {
    if (page_ == nullptr || slot == no_slot) return;
    static_assert(std::atomic_ref<std::uint64_t>::is_always_lock_free);
    // Release, with the owner's acquire as it clears the bit: it finds the message that this is
    // about. Always a read-modify-write, for a bit that merely reads as set may be gone by the time
    // tx_ptr is seen.
    std::atomic_ref<std::uint64_t>{static_cast<std::uint64_t*>(page_)[slot / 64]}.fetch_or(
        std::uint64_t{1} << slot % 64, std::memory_order_acq_rel);
  }

  void mark(notice what) const noexcept { mark(static_cast<std::uint32_t>(what)); }

  [[nodiscard]] bool is_there() const noexcept { return page_ != nullptr; }

 private:
  void* page_ = nullptr;
};

}  // namespace v4v::hv
