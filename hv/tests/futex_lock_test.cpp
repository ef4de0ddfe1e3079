#include "embedded/futex_lock.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
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
  using clock = std::chrono::steady_clock;
  futex_lock lock;
  std::atomic<bool> written{false};
  std::atomic<bool> starved{false};
  std::atomic<std::uint64_t> reads{0};

  // While this thread reads, the writer can only wait, and the stream of readers must come to a
  // halt behind it. It never does if readers overtake writers.
  lock.lock_shared();
  std::thread writer{[&] {
    lock.lock();
    written = true;
    lock.unlock();
  }};
  std::thread reader{[&] {
    const auto over = clock::now() + std::chrono::seconds{10};
    while (!written && !starved) {
      lock.lock_shared();
      reads.fetch_add(1);
      lock.unlock_shared();
      if (clock::now() > over) starved = true;
    }
  }};
  // A halt is a time without a read. One that comes from a busy machine instead costs this test its
  // sharpness, not its result.
  std::uint64_t seen = 0;
  for (auto since = clock::now();
       !starved && clock::now() - since < std::chrono::milliseconds{100};) {
    if (const std::uint64_t now = reads.load(); now != seen) {
      seen = now;
      since = clock::now();
    }
    std::this_thread::yield();
  }
  EXPECT_FALSE(starved) << seen << " reads went past a writer that waits";
  lock.unlock_shared();
  writer.join();
  reader.join();
}

}  // namespace
}  // namespace v4v::hv
