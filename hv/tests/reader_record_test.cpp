// Where the records of threads come from and go to, and what happens when there is none.

#include "embedded/reader_record.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <cstdlib>
#include <deque>
#include <latch>
#include <new>
#include <set>
#include <thread>

#include "embedded/big_reader_lock.hpp"
#include "watched_thread.hpp"

namespace {

std::atomic<int> records_made{0};
thread_local bool no_memory = false;

}  // namespace

// Nothing but the records is allocated like this.
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  if (no_memory) return nullptr;
  ++records_made;
  return std::aligned_alloc(static_cast<std::size_t>(alignment), size);
}

namespace v4v::hv::testing {
namespace {

void use(big_reader_lock& lock) {
  lock.lock_shared(lock_level::domains);
  lock.unlock_shared(lock_level::domains);
}

TEST(reader_record, is_used_again_when_its_thread_has_ended) {
  big_reader_lock lock;
  use(lock);
  std::set<reader_record*> records;
  for (int i = 0; i < 20; ++i) {
    std::thread{[&] {
      use(lock);
      records.insert(own_record);
    }}.join();
  }
  EXPECT_EQ(records.size(), 1u);
  EXPECT_EQ(records.count(own_record), 0u);
}

TEST(reader_record, of_threads_that_live_at_once_are_different) {
  constexpr int count = 8;
  big_reader_lock lock;
  reader_record* records[count] = {};
  std::latch all_have_one{count};
  std::deque<std::thread> threads;
  for (auto& r : records) {
    threads.emplace_back([&] {
      use(lock);
      r = own_record;
      all_have_one.arrive_and_wait();
    });
  }
  for (auto& t : threads)
    t.join();
  EXPECT_EQ(std::set<reader_record*>(records, records + count).size(), std::size_t{count});
}

TEST(reader_record, is_there_for_the_destructors_of_thread_locals) {
  struct late {
    big_reader_lock* lock = nullptr;
    bool* done = nullptr;
    ~late() {
      use(*lock);
      *done = own_record != nullptr;
    }
  };
  big_reader_lock lock;
  bool done = false;
  std::thread{[&] {
    thread_local late last;  // of which the destructor runs after those of all that follow
    last.lock = &lock;
    last.done = &done;
    use(lock);
  }}.join();
  EXPECT_TRUE(done);
}

// Later than that there are only other thread-specific values, in an order that nobody knows: in
// its second round this one is destroyed after the record's first.
TEST(reader_record, comes_back_for_a_lock_that_is_taken_at_the_very_end_and_goes_again) {
  struct late {
    big_reader_lock lock;
    pthread_key_t key = 0;
    int rounds = 0;

    static void destroy(void* self) {
      auto& l = *static_cast<late*>(self);
      use(l.lock);
      if (--l.rounds != 0) pthread_setspecific(l.key, self);
    }
  };
  late last;
  ASSERT_EQ(pthread_key_create(&last.key, late::destroy), 0);
  std::set<reader_record*> records;
  for (int i = 0; i < 20; ++i) {
    last.rounds = 2;
    std::thread{[&] {
      pthread_setspecific(last.key, &last);
      use(last.lock);
      records.insert(own_record);
    }}.join();
    EXPECT_EQ(last.rounds, 0);
  }
  pthread_key_delete(last.key);
  EXPECT_EQ(records.size(), 1u);
}

// Threads that hold all records there are, as long as it lives.
class all_records {
 public:
  explicit all_records(big_reader_lock& lock) {
    for (const int before = records_made; records_made == before;) {
      std::latch& has_one = have_one_.emplace_back(1);
      threads_.emplace_back([this, &lock, &has_one] {
        use(lock);
        has_one.count_down();
        over_.wait();
      });
      has_one.wait();
    }
  }
  ~all_records() {
    over_.count_down();
    for (auto& t : threads_)
      t.join();
  }
  all_records(const all_records&) = delete;
  all_records& operator=(const all_records&) = delete;

 private:
  std::latch over_{1};
  std::deque<std::latch> have_one_;
  std::deque<std::thread> threads_;
};

TEST(reader_record, a_thread_that_can_have_none_takes_the_lock_for_itself) {
  big_reader_lock lock;
  all_records held{lock};
  bool written = false;
  bool seen = false;
  std::latch has_it{1};
  std::latch may_go{1};
  std::thread without{[&] {
    no_memory = true;
    lock.lock_shared(lock_level::domains);
    EXPECT_EQ(own_record, nullptr);
    has_it.count_down();
    may_go.wait();
    written = true;  // which no reader may
    lock.unlock_shared(lock_level::domains);
  }};
  has_it.wait();
  watched_thread reader{[&] {
    lock.lock_shared(lock_level::domains);
    seen = written;
    lock.unlock_shared(lock_level::domains);
  }};
  reader.wait_until_asleep();
  may_go.count_down();
  without.join();
  reader.join();
  EXPECT_TRUE(seen);
}

TEST(reader_record, that_comes_between_two_locks_is_not_taken_for_the_first_ones) {
  big_reader_lock outer;
  big_reader_lock inner;
  all_records held{outer};
  std::thread{[&] {
    no_memory = true;
    outer.lock_shared(lock_level::domains);
    no_memory = false;
    inner.lock_shared(lock_level::rings);
    EXPECT_NE(own_record, nullptr);
    inner.unlock_shared(lock_level::rings);
    outer.unlock_shared(lock_level::domains);
  }}.join();
  for (big_reader_lock* lock : {&outer, &inner}) {
    use(*lock);
    lock->lock();
    lock->unlock();
  }
}

}  // namespace
}  // namespace v4v::hv::testing
