#pragma once

#include <atomic>
#include <bit>
#include <cstdint>

namespace v4v::hv {

/// Which of a domain's rings have waiters: a bit for each slot of its ring_table, and how many are
/// set. It lets a receiver find them, or find that there are none, without a look at its rings.
///
/// Bits are set and cleared under the L3 of the ring in question. The words are in the ring_table's
/// allocation; whoever touches them holds L2.
///
/// No wake-up is lost between a sender that finds no room and a receiver that makes some, though
/// the receiver takes no lock in the usual case that nobody waits. Each does its half first, then
/// passes through `count_` with a read-modify-write, then looks at the other's half:
///
///   sender (wait_for_room, under L3)           receiver (notify)
///     add(slot), or meet() if it was there      rx_ptr = ...   (release, in its own code)
///     read rx_ptr again                         meet(): anybody?
///
/// All read-modify-writes of one atomic are in one order, and each reads from the one before. If
/// the sender's comes first, the receiver's sees the count raised, takes L3 and finds the waiter.
/// If the receiver's comes first, the sender's acquires what it released, so the second read of
/// rx_ptr sees the new position. Either way one of the two notices.
class waiting_rings {
 public:
  /// Words needed for so many slots.
  [[nodiscard]] static constexpr std::uint32_t words_for(std::uint32_t slots) noexcept {
    return (slots + 63) / 64;
  }

  void use(std::atomic<std::uint64_t>* words, std::uint32_t count) noexcept {
    words_ = words;
    word_count_ = count;
  }

  /// The slot's ring now has waiters and had none. Passes through the count as meet() does.
  void add(std::uint32_t slot) noexcept {
    words_[slot / 64].fetch_or(bit(slot), std::memory_order_relaxed);
    count_.fetch_add(1, std::memory_order_acq_rel);
  }

  /// The slot's ring had waiters and now has none.
  void remove(std::uint32_t slot) noexcept {
    words_[slot / 64].fetch_and(~bit(slot), std::memory_order_relaxed);
    count_.fetch_sub(1, std::memory_order_acq_rel);
  }

  /// How many rings have waiters. A read-modify-write although it changes nothing: see above.
  std::uint32_t meet() noexcept { return count_.fetch_add(0, std::memory_order_acq_rel); }

  static constexpr std::uint32_t none = ~std::uint32_t{0};

  /// The first slot from `from` on whose ring has waiters, or none. They may come and go meanwhile:
  /// whoever asks takes the ring's L3 and looks again. `from` may be anything.
  [[nodiscard]] std::uint32_t next(std::uint32_t from) const noexcept {
    std::uint64_t wanted = ~std::uint64_t{0} << from % 64;
    for (std::uint32_t i = from / 64; i < word_count_; ++i) {
      const std::uint64_t left = words_[i].load(std::memory_order_relaxed) & wanted;
      if (left != 0) return i * 64 + static_cast<std::uint32_t>(std::countr_zero(left));
      wanted = ~std::uint64_t{0};
    }
    return none;
  }

 private:
  [[nodiscard]] static constexpr std::uint64_t bit(std::uint32_t slot) noexcept {
    return std::uint64_t{1} << slot % 64;
  }

  std::atomic<std::uint32_t> count_{0};
  std::uint32_t word_count_ = 0;
  std::atomic<std::uint64_t>* words_ = nullptr;
};

}  // namespace v4v::hv
