#include "embedded/big_reader_lock.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <thread>
#include <vector>

#include "embedded/futex.hpp"
#include "watched_thread.hpp"

namespace v4v::hv::testing {
namespace {

constexpr auto L1 = lock_level::domains;
constexpr auto L2 = lock_level::rings;

class big_reader_lock_with : public ::testing::TestWithParam<fences> {
 protected:
  big_reader_lock lock{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(fences, big_reader_lock_with,
                         ::testing::Values(fences::symmetric, best_fences()),
                         [](const auto& kind) { return kind.index == 0 ? "symmetric" : "best"; });

TEST_P(big_reader_lock_with, lets_one_writer_or_many_readers_in) {
  int a = 0;
  int b = 0;  // always equal, to who holds the lock
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 5'000; ++n) {
        if ((n + i) % 4 == 0) {
          lock.lock();
          ++a;
          ++b;
          lock.unlock();
        } else {
          lock.lock_shared(L1);
          if (a != b) ++failures;
          lock.unlock_shared(L1);
        }
      }
    });
  }
  for (auto& t : threads)
    t.join();
  EXPECT_EQ(a, 5'000);
  EXPECT_EQ(failures, 0);
}

// They come and go all the time, so that sooner or later each is between its write and its read
// when the other is.
TEST_P(big_reader_lock_with, a_writer_and_a_reader_that_meet_see_each_other) {
  std::atomic<std::uint64_t> value{0};  // odd while the writer is at work
  std::atomic<bool> over{false};
  std::uint64_t failures = 0;
  std::thread reader{[&] {
    while (!over.load(std::memory_order_relaxed)) {
      lock.lock_shared(L1);
      const std::uint64_t before = value.load(std::memory_order_relaxed);
      relax();
      if (before % 2 != 0 || value.load(std::memory_order_relaxed) != before) ++failures;
      lock.unlock_shared(L1);
    }
  }};
  for (int n = 0; n < 20'000; ++n) {
    lock.lock();
    value.fetch_add(1, std::memory_order_relaxed);
    for (int i = 0; i < 5; ++i)
      relax();
    value.fetch_add(1, std::memory_order_relaxed);
    lock.unlock();
  }
  over = true;
  reader.join();
  EXPECT_EQ(failures, 0u);
}

TEST_P(big_reader_lock_with, readers_do_not_wait_for_each_other) {
  lock.lock_shared(L1);
  std::thread{[&] {
    lock.lock_shared(L1);
    lock.unlock_shared(L1);
  }}.join();
  lock.unlock_shared(L1);
}

TEST_P(big_reader_lock_with, who_comes_while_a_writer_waits_comes_after_it) {
  bool written = false;
  bool seen = false;
  lock.lock_shared(L1);
  watched_thread writer{[&] {
    lock.lock();
    written = true;
    lock.unlock();
  }};
  writer.wait_until_asleep();
  watched_thread reader{[&] {
    lock.lock_shared(L1);
    seen = written;
    lock.unlock_shared(L1);
  }};
  reader.wait_until_asleep();
  lock.unlock_shared(L1);
  writer.join();
  reader.join();
  EXPECT_TRUE(seen);
}

TEST_P(big_reader_lock_with, who_waits_for_a_writer_comes_before_the_next_one) {
  bool written = false;
  std::atomic<int> too_late{0};
  lock.lock();
  std::deque<watched_thread> readers;
  for (int i = 0; i < 8; ++i) {
    readers.emplace_back([&] {
      lock.lock_shared(L1);
      if (written) ++too_late;
      lock.unlock_shared(L1);
    });
    readers.back().wait_until_asleep();
  }
  watched_thread next{[&] {
    lock.lock();
    written = true;
    lock.unlock();
  }};
  next.wait_until_asleep();
  lock.unlock();
  next.join();
  readers.clear();
  EXPECT_EQ(too_late, 0);
}

TEST_P(big_reader_lock_with, a_thread_holds_one_of_each_level) {
  big_reader_lock inner{GetParam()};
  lock.lock_shared(L1);
  inner.lock_shared(L2);
  watched_thread writer{[&] {
    inner.lock();
    inner.unlock();
    lock.lock();
    lock.unlock();
  }};
  writer.wait_until_asleep();
  inner.unlock_shared(L2);
  std::thread{[&] {
    inner.lock();  // nobody holds this one any more
    inner.unlock();
  }}.join();
  writer.wait_until_asleep();
  lock.unlock_shared(L1);
}

TEST_P(big_reader_lock_with, a_writer_does_not_wait_for_the_readers_of_another) {
  big_reader_lock another{GetParam()};
  another.lock_shared(L1);
  lock.lock();
  lock.unlock();
  another.unlock_shared(L1);
}

}  // namespace
}  // namespace v4v::hv::testing
