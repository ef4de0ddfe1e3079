#include "embedded/futex_lock.hpp"

#include "embedded/futex.hpp"

namespace v4v::hv {

bool futex_lock::try_lock() noexcept {
  std::uint32_t seen = word_.load(std::memory_order_relaxed);
  return seen == open && word_.compare_exchange_strong(seen, taken, std::memory_order_acquire,
                                                       std::memory_order_relaxed);
}

void futex_lock::lock_slow() noexcept {
  for (int spun = 0; spun < futex_spins; ++spun) {
    if (try_lock()) return;
    relax();
  }
  sleepers_.fetch_add(1, std::memory_order_relaxed);
  heavy_fence(fences_);  // with the light one in unlock()
  while (!try_lock())
    futex_wait(word_, taken);
  sleepers_.fetch_sub(1, std::memory_order_relaxed);
}

void futex_lock::wake_one() noexcept { futex_wake_one(word_); }

}  // namespace v4v::hv
