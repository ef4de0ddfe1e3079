#include "embedded/asymmetric_fence.hpp"

#include <linux/membarrier.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace v4v::hv {
namespace {

long membarrier(int command) noexcept { return syscall(SYS_membarrier, command, 0, 0); }

}  // namespace

fences best_fences() noexcept {
  static const fences best = membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0
                                 ? fences::asymmetric
                                 : fences::symmetric;
  return best;
}

void heavy_fence(fences kind) noexcept {
  if (kind == fences::symmetric) return std::atomic_thread_fence(std::memory_order_seq_cst);
  while (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0) {
    // The kernel may be out of memory for a moment. Anything else is a process that forbade itself
    // the call after it was registered (seccomp), and going on would be without a lock.
    if (errno != ENOMEM) std::abort();
    sched_yield();
  }
}

}  // namespace v4v::hv
