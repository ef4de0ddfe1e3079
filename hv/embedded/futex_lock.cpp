#include "embedded/futex_lock.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>

namespace v4v::hv {
namespace {

// Long enough for a holder that runs to finish a small message; short against a time slice.
constexpr int spins = 100;

void relax() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t),
              "futex(2) takes the address of the word itself");

}  // namespace

void futex_lock::lock_slow() noexcept {
  for (int spun = 0;;) {
    std::uint32_t seen = word_.load(std::memory_order_relaxed);
    if ((seen & ~sleepers) == 0) {
      if (word_.compare_exchange_weak(seen, seen | writer, std::memory_order_acquire,
                                      std::memory_order_relaxed)) {
        return;
      }
    } else if (spun < spins) {
      ++spun;
      relax();
    } else if ((seen & sleepers) != 0 ||
               word_.compare_exchange_weak(seen, seen | sleepers, std::memory_order_relaxed)) {
      sleep(seen | sleepers);
    }
  }
}

void futex_lock::lock_shared_slow() noexcept {
  for (int spun = 0;;) {
    std::uint32_t seen = word_.load(std::memory_order_relaxed);
    if ((seen & (writer | sleepers)) == 0) {
      if (word_.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire,
                                      std::memory_order_relaxed)) {
        return;
      }
    } else if (spun < spins) {
      ++spun;
      relax();
    } else if ((seen & sleepers) != 0 ||
               word_.compare_exchange_weak(seen, seen | sleepers, std::memory_order_relaxed)) {
      sleep(seen | sleepers);
    }
  }
}

// Returns at once if the word has changed meanwhile, and now and then for no reason: the callers
// look again.
void futex_lock::sleep(std::uint32_t seen) noexcept {
  syscall(SYS_futex, &word_, FUTEX_WAIT_PRIVATE, seen, nullptr, nullptr, 0);
}

void futex_lock::wake() noexcept {
  syscall(SYS_futex, &word_, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace v4v::hv
