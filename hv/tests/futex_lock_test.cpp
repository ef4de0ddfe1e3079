#include "embedded/futex_lock.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace v4v::hv {
namespace {

TEST(futex_lock, lets_one_writer_or_many_readers_in) {
  futex_lock lock;
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
          lock.lock_shared();
          if (a != b) ++failures;
          lock.unlock_shared();
        }
      }
    });
  }
  for (auto& t : threads)
    t.join();
  EXPECT_EQ(a, 5'000);
  EXPECT_EQ(failures, 0);
}

TEST(futex_lock, a_stream_of_readers_does_not_starve_a_writer) {
  futex_lock lock;
  std::atomic<bool> over{false};
  std::atomic<int> running{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      // Whenever one of them holds the lock, another is about to take it.
      while (!over.load()) {
        lock.lock_shared();
        running.fetch_add(1);
        std::this_thread::yield();
        lock.unlock_shared();
      }
    });
  }
  while (running.load() < 100)
    std::this_thread::yield();
  for (int i = 0; i < 100; ++i) {
    lock.lock();
    lock.unlock();
  }
  over = true;
  for (auto& t : readers)
    t.join();
}

}  // namespace
}  // namespace v4v::hv
