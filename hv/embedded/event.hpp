#pragma once

#include <atomic>
#include <cstdint>

namespace v4v::hv {

/// A domain's event: a pending flag, a mask, and an eventfd for a domain that sleeps.
///
/// No event is lost. A sender publishes tx_ptr and then looks at the flag; a receiver clears the
/// flag and then reads tx_ptr; each has a seq_cst fence between the two, and those fences are in
/// one order. If the sender's comes first, the receiver sees the message. If the receiver's comes
/// first, the sender sees the flag as it was cleared, or as somebody set it since. So a sender that
/// reads it as set may leave it alone: a take() that has yet to come clears it, and then sees
/// tx_ptr. That saves the cache line of a busy receiver from moving from sender to sender at each
/// message.
///
/// Else the sender sets it. Every other function is one read-modify-write of the same word, and
/// those are in one order, too: one sender finds the flag clear, and writes the descriptor unless
/// events are masked.
///
/// Likewise the mask: that sender either finds it set and leaves the descriptor alone, and then
/// unmask(), later in the order, finds the flag set; or it comes after unmask() and writes.
///
/// What a sender did before is visible to who takes its event, but where it skipped its write there
/// is no release to acquire: what is read then is read atomically, as tx_ptr is, or under a lock.
class event {
 public:
  event();  ///< Throws std::system_error if there is no descriptor to be had.
  ~event();
  event(const event&) = delete;
  event& operator=(const event&) = delete;

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  void signal() noexcept {
    std::atomic_thread_fence(std::memory_order_seq_cst);  // with the one in take()
    if ((word_.load(std::memory_order_relaxed) & pending) != 0) return;
    const std::uint32_t before = word_.fetch_or(pending, std::memory_order_acq_rel);
    if ((before & pending) != 0) return;
    signals_.fetch_add(1, std::memory_order_relaxed);
    if ((before & masked) == 0) write_descriptor();
  }

  /// Whether take() would find something, as far as this thread can see now.
  [[nodiscard]] bool is_pending() const noexcept {
    return (word_.load(std::memory_order_relaxed) & pending) != 0;
  }

  bool take() noexcept {
    const bool was_set = (word_.fetch_and(~pending, std::memory_order_acq_rel) & pending) != 0;
    std::atomic_thread_fence(std::memory_order_seq_cst);  // with the one in signal()
    return was_set;
  }
  void mask() noexcept { word_.fetch_or(masked, std::memory_order_acq_rel); }
  bool unmask() noexcept {
    return (word_.fetch_and(~masked, std::memory_order_acq_rel) & pending) != 0;
  }

  [[nodiscard]] std::uint64_t signals() const noexcept {
    return signals_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t system_calls() const noexcept {
    return system_calls_.load(std::memory_order_relaxed);
  }

 private:
  static constexpr std::uint32_t pending = 1;
  static constexpr std::uint32_t masked = 2;

  void write_descriptor() noexcept;

  std::atomic<std::uint32_t> word_{0};
  const int descriptor_;
  std::atomic<std::uint64_t> signals_{0};
  std::atomic<std::uint64_t> system_calls_{0};
};

}  // namespace v4v::hv
