#pragma once

#include <atomic>
#include <cstdint>

namespace v4v::hv {

/// A domain's event: a pending flag, a mask, and an eventfd for a domain that sleeps.
///
/// No event is lost, because every function is one read-modify-write of the same word, and those
/// are in one order. A sender publishes tx_ptr and then sets the flag here; a receiver clears the
/// flag and then reads tx_ptr. If the sender's comes first, the receiver's acquires what it
/// released, and sees the message. If the receiver's comes first, the flag is set after it: the
/// receiver finds it at its next take(), and the descriptor has been written unless events are
/// masked. That is why a sender may not skip its write when it merely reads the flag as set.
///
/// Likewise the mask: a sender either finds it set and leaves the descriptor alone, and then
/// unmask(), later in the order, finds the flag set; or it comes after unmask() and writes.
class event {
 public:
  event();  ///< Throws std::system_error if there is no descriptor to be had.
  ~event();
  event(const event&) = delete;
  event& operator=(const event&) = delete;

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  void signal() noexcept {
    const std::uint32_t before = word_.fetch_or(pending, std::memory_order_acq_rel);
    if ((before & pending) != 0) return;
    signals_.fetch_add(1, std::memory_order_relaxed);
    if ((before & masked) == 0) write_descriptor();
  }

  bool take() noexcept {
    return (word_.fetch_and(~pending, std::memory_order_acq_rel) & pending) != 0;
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
