#pragma once

#include <atomic>
#include <cstdint>

namespace v4v::hv {

/// A pair of fences between two threads that each write one word and then read the other's: with
/// the light one between write and read of the one thread and the heavy one between those of the
/// other, at least one of them reads what the other wrote. Two seq_cst fences would do as much, but
/// here nearly all of the price is the heavy one's: microseconds, and an interrupt for each
/// processor that runs a thread of this process, while the light one costs no instruction at all.
///
/// Why it holds: membarrier(2), MEMBARRIER_CMD_PRIVATE_EXPEDITED, guarantees that between its begin
/// and its end every running thread of the process passes through a state where all its accesses
/// to memory match program order (and one that does not run is in such a state). Take that point in
/// the light side's thread. Is its read before it, then so is its write, which is visible to all
/// that the heavy side reads after the call. Is its read after it, then it comes after the call's
/// begin, and with it after the heavy side's write. The light side is left with keeping the
/// compiler from exchanging the two accesses, since "program order" is what it made of them.
///
/// Not for a child of fork(2): the registration is that of the parent's memory.
enum class fences : std::uint8_t {
  symmetric,   ///< Both are seq_cst fences: for kernels without membarrier(2).
  asymmetric,  ///< The light one is for the compiler alone.
};

/// What this process can have; decided by the first call.
[[nodiscard]] fences best_fences() noexcept;

/// Of one kind: the two sides of a pair name the same.
inline void light_fence(fences kind) noexcept {
  if (kind == fences::asymmetric) [[likely]] {
    std::atomic_signal_fence(std::memory_order_seq_cst);
  } else {
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }
}
void heavy_fence(fences kind) noexcept;

}  // namespace v4v::hv
