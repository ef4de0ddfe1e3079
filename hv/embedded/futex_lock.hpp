#pragma once

#include <atomic>
#include <cstdint>

namespace v4v::hv {

/// A read-write lock in one word: one read-modify-write to take it and one to release it when
/// nobody is in the way. A thread that finds it taken spins for a moment and then sleeps in the
/// kernel, so a holder that was descheduled gets the processor back.
///
/// Readers that come while a writer waits wait too: no stream of readers starves a writer. So a
/// thread must not take it shared twice.
class futex_lock {
 public:
  void lock() noexcept {
    std::uint32_t free = 0;
    if (!word_.compare_exchange_strong(free, writer, std::memory_order_acquire,
                                       std::memory_order_relaxed)) {
      lock_slow();
    }
  }

  void unlock() noexcept {
    if (word_.exchange(0, std::memory_order_release) & sleepers) wake();
  }

  void lock_shared() noexcept {
    std::uint32_t seen = word_.load(std::memory_order_relaxed);
    if ((seen & (writer | sleepers)) != 0 ||
        !word_.compare_exchange_strong(seen, seen + 1, std::memory_order_acquire,
                                       std::memory_order_relaxed)) {
      lock_shared_slow();
    }
  }

  void unlock_shared() noexcept {
    if (word_.fetch_sub(1, std::memory_order_release) == (sleepers | 1)) wake();
  }

 private:
  // The word is the number of readers and these two. `sleepers` is set by who is about to sleep:
  // a writer always, a reader only while a writer holds the lock (else a writer sleeps already).
  // It stays set while a writer takes the lock, and goes when one releases it and wakes all, who
  // then set it again if they have to. So: whoever sleeps, the bit is set until it is woken.
  static constexpr std::uint32_t writer = UINT32_C(1) << 31;
  static constexpr std::uint32_t sleepers = UINT32_C(1) << 30;

  void lock_slow() noexcept;
  void lock_shared_slow() noexcept;
  void sleep(std::uint32_t seen) noexcept;
  void wake() noexcept;

  std::atomic<std::uint32_t> word_{0};
};

}  // namespace v4v::hv
