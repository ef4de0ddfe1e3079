#pragma once

#include <atomic>
#include <cstddef>

#include "core/port.hpp"

namespace v4v::hv {

/// Which locks a thread holds shared, at most one of each level: written by that thread alone, and
/// read by whoever wants one of them exclusively. So taking a lock shared writes to no memory that
/// another reader would touch.
///
/// Each thread has one from its first shared lock to its end. Records are never freed, only used
/// again by later threads: a process has as many as it ever had threads at a time. They belong to
/// the process and not to a hypervisor, of which it may have several.
///
/// Two cache lines, because processors fetch neighbours in pairs.
struct alignas(128) reader_record {
  using place = std::atomic<const void*>;

  /// Where the lock of a level stands, or null. For L1 and L2 only: L3 is never shared.
  [[nodiscard]] place& held(lock_level level) noexcept {
    return places[static_cast<std::size_t>(level) - 1];
  }

  /// Whether any thread holds `lock` shared, as far as this thread can see: acquires what those who
  /// did have released.
  [[nodiscard]] static bool anyone_holds(const void* lock) noexcept;

  /// Gives the calling thread a record, which it has not; null if there is no memory.
  static reader_record* claim() noexcept;

  place places[2]{};
  std::atomic<bool> in_use{true};
  reader_record* next = nullptr;  ///< Never changes once others can see it.
};

/// The calling thread's, or null.
///
/// The storage model holds for a library too: these are eight bytes, and a program that loads us
/// late has room for them.
extern constinit thread_local reader_record* own_record [[gnu::tls_model("initial-exec")]];

}  // namespace v4v::hv
