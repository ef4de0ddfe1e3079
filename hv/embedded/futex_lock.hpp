#pragma once

#include <atomic>
#include <cstdint>

#include "embedded/asymmetric_fence.hpp"

namespace v4v::hv {

/// An exclusive lock: one read-modify-write to take it and none to release it when nobody is in the
/// way. A thread that finds it taken spins for a moment and then sleeps in the kernel, so a holder
/// that was descheduled gets the processor back.
///
/// Who releases opens the lock and then looks for sleepers; who is about to sleep counts itself a
/// sleeper and then looks whether the lock is open. With a light fence between the first two and a
/// heavy one between the others, either the sleeper is seen and woken, or it sees the open lock.
///
/// Not to be destroyed before every call on it has returned.
class futex_lock {
 public:
  explicit futex_lock(fences kind = best_fences()) noexcept : fences_{kind} {}

  void lock() noexcept {
    std::uint32_t seen = open;
    if (!word_.compare_exchange_strong(seen, taken, std::memory_order_acquire,
                                       std::memory_order_relaxed)) [[unlikely]] {
      lock_slow();
    }
  }

  void unlock() noexcept {
    word_.store(open, std::memory_order_release);
    light_fence(fences_);  // with the heavy one in lock_slow()
    if (sleepers_.load(std::memory_order_relaxed) != 0) [[unlikely]]
      wake_one();
  }

 private:
  static constexpr std::uint32_t open = 0;
  static constexpr std::uint32_t taken = 1;

  [[nodiscard]] bool try_lock() noexcept;
  void lock_slow() noexcept;
  void wake_one() noexcept;

  std::atomic<std::uint32_t> word_{open};
  std::atomic<std::uint32_t> sleepers_{0};
  const fences fences_;
};

}  // namespace v4v::hv
