#include "embedded/big_reader_lock.hpp"

#include "embedded/futex.hpp"

namespace v4v::hv {

void big_reader_lock::lock() noexcept {
  writers_.lock();
  let_waiting_readers_in();
  gate_.store(closed, std::memory_order_relaxed);
  heavy_fence(fences_);  // with the light ones of lock_shared() and unlock_shared()
  wait_for_readers();
}

void big_reader_lock::unlock() noexcept {
  // Release, with the acquire of the gate in lock_shared(); the next writer has it from writers_.
  if (gate_.exchange(open, std::memory_order_release) == slept_at) futex_wake_all(gate_);
  writers_.unlock();
}

// The gate is open, so they get in without anybody's help, and nobody joins them: `waiting_` is
// gone up only by who saw a closed gate. Relaxed: they are found in their records.
void big_reader_lock::let_waiting_readers_in() noexcept {
  for (int spun = 0;;) {
    const std::uint32_t waiting = waiting_.load(std::memory_order_relaxed);
    if (waiting == 0) return;
    if (spun < futex_spins) {
      ++spun;
      relax();
    } else {
      futex_wait(waiting_, waiting);
    }
  }
}

void big_reader_lock::wait_for_readers() noexcept {
  for (int spun = 0;;) {
    // Before looking, and acquire, with tell_writer()'s release: who has left but is still seen
    // will change it.
    const std::uint32_t left = left_.load(std::memory_order_acquire);
    if (!reader_record::anyone_holds(this)) return;
    if (spun < futex_spins) {
      ++spun;
      relax();
    } else {
      futex_wait(left_, left);
    }
  }
}

void big_reader_lock::tell_writer() noexcept {
  left_.fetch_add(1, std::memory_order_release);
  futex_wake_one(left_);
}

// A thread for whose record there is no memory takes the lock exclusively instead, and
// unlock_shared() knows that by its not being in the record, even if there is one by then.
void big_reader_lock::lock_shared_first(lock_level level) noexcept {
  if (reader_record::claim() == nullptr) return lock();
  lock_shared(level);
}

// The writer may have seen us, so it has to be told that we are not there after all. A second round
// is for who counted itself too late for the writer after that.
void big_reader_lock::lock_shared_slow(reader_record::place& held) noexcept {
  waiting_.fetch_add(1, std::memory_order_relaxed);
  do {
    held.store(nullptr, std::memory_order_release);
    tell_writer();
    wait_for_open_gate();
    held.store(this, std::memory_order_release);
    light_fence(fences_);
  } while (gate_.load(std::memory_order_acquire) != open);
  if (waiting_.fetch_sub(1, std::memory_order_relaxed) == 1) futex_wake_one(waiting_);
}

void big_reader_lock::wait_for_open_gate() noexcept {
  for (int spun = 0;;) {
    std::uint32_t seen = gate_.load(std::memory_order_relaxed);
    if (seen == open) return;
    if (spun < futex_spins) {
      ++spun;
      relax();
    } else if (seen == slept_at ||
               gate_.compare_exchange_weak(seen, slept_at, std::memory_order_relaxed)) {
      futex_wait(gate_, slept_at);
    }
  }
}

}  // namespace v4v::hv
