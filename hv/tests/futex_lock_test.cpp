#include "embedded/futex_lock.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "watched_thread.hpp"

namespace v4v::hv::testing {
namespace {

class futex_lock_with : public ::testing::TestWithParam<fences> {
 protected:
  futex_lock lock{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(fences, futex_lock_with,
                         ::testing::Values(fences::symmetric, best_fences()),
                         [](const auto& kind) { return kind.index == 0 ? "symmetric" : "best"; });

TEST_P(futex_lock_with, lets_one_in_at_a_time) {
  int count = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 5'000; ++n) {
        lock.lock();
        ++count;
        lock.unlock();
      }
    });
  }
  for (auto& t : threads)
    t.join();
  EXPECT_EQ(count, 4 * 5'000);
}

TEST_P(futex_lock_with, all_who_sleep_get_it_in_the_end) {
  int count = 0;
  const auto once = [&] {
    lock.lock();
    ++count;
    lock.unlock();
  };
  lock.lock();
  watched_thread a{once};
  watched_thread b{once};
  a.wait_until_asleep();
  b.wait_until_asleep();
  lock.unlock();
  a.join();
  b.join();
  EXPECT_EQ(count, 2);
}

// The sleeper goes to sleep at any point of the other's lock and unlock.
TEST_P(futex_lock_with, no_wake_up_is_lost_between_two) {
  std::atomic<bool> over{false};
  std::thread other{[&] {
    while (!over) {
      lock.lock();
      std::this_thread::yield();  // longer than one spins
      lock.unlock();
    }
  }};
  for (int n = 0; n < 2'000; ++n) {
    lock.lock();
    std::this_thread::yield();
    lock.unlock();
  }
  over = true;
  other.join();
}

}  // namespace
}  // namespace v4v::hv::testing
