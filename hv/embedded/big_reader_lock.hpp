#pragma once

#include <atomic>
#include <cstdint>

#include "embedded/asymmetric_fence.hpp"
#include "embedded/futex_lock.hpp"
#include "embedded/reader_record.hpp"

namespace v4v::hv {

/// A read-write lock for what is read at every message and written when a domain or a ring comes or
/// goes. To take it shared and to release it is two stores to the thread's own reader_record and
/// two looks at a word that nobody writes meanwhile: no read-modify-write, and no cache line that
/// moves between processors. Exclusive use pays for it, with a membarrier(2) and a look at every
/// thread's record.
///
/// A reader first says in its record that it is there and then looks whether the gate is open; a
/// writer closes the gate and then looks at the records. With a light fence between the reader's
/// two and a heavy one between the writer's, either the reader sees the closed gate, or the writer
/// sees the reader and waits for it.
///
/// Who comes while a writer waits or writes, waits: readers do not starve a writer. The next writer
/// lets those in who waited for the one before it: writers do not starve readers.
///
/// A thread holds at most one of these of each level shared, none twice, and no lock is destroyed
/// before every call on it has returned.
class big_reader_lock {
 public:
  explicit big_reader_lock(fences kind = best_fences()) noexcept : fences_{kind} {}

  void lock_shared(lock_level level) noexcept {
    reader_record* const mine = own_record;
    if (mine == nullptr) [[unlikely]]
      return lock_shared_first(level);
    reader_record::place& held = mine->held(level);
    // Release, as every store to this place: a writer that reads this one has acquired all that the
    // thread did under the lock that it held here before.
    held.store(this, std::memory_order_release);
    light_fence(fences_);  // with the heavy one in lock()
    // Acquire, with unlock()'s release: what the last writer wrote is visible.
    if (gate_.load(std::memory_order_acquire) != open) [[unlikely]]
      lock_shared_slow(held);
  }

  void unlock_shared(lock_level level) noexcept {
    reader_record* const mine = own_record;
    // There was no memory for a record: see lock_shared_first().
    if (mine == nullptr || mine->held(level).load(std::memory_order_relaxed) != this) [[unlikely]] {
      return unlock();
    }
    // Release, with the acquire in anyone_holds(): what was read under the lock was read before a
    // writer changes it.
    mine->held(level).store(nullptr, std::memory_order_release);
    light_fence(fences_);  // likewise: either the writer sees that we are gone, or we see it
    if (gate_.load(std::memory_order_relaxed) != open) [[unlikely]]
      tell_writer();
  }

  void lock() noexcept;
  void unlock() noexcept;

 private:
  static constexpr std::uint32_t open = 0;
  static constexpr std::uint32_t closed = 1;
  static constexpr std::uint32_t slept_at = 2;  // closed, and some reader sleeps

  void lock_shared_first(lock_level level) noexcept;
  void lock_shared_slow(reader_record::place& held) noexcept;
  void wait_for_open_gate() noexcept;
  void tell_writer() noexcept;
  void let_waiting_readers_in() noexcept;
  void wait_for_readers() noexcept;

  std::atomic<std::uint32_t> gate_{open};
  std::atomic<std::uint32_t> left_{0};     // counts readers that left while the gate was closed
  std::atomic<std::uint32_t> waiting_{0};  // readers that found the gate closed and are not in yet
  futex_lock writers_;                     // writers among themselves
  const fences fences_;
};

}  // namespace v4v::hv
