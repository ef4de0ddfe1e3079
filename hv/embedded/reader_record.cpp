#include "embedded/reader_record.hpp"

#include <pthread.h>

#include <new>

namespace v4v::hv {

constinit thread_local reader_record* own_record [[gnu::tls_model("initial-exec")]] = nullptr;

namespace {

// A stack that is only ever pushed to.
constinit std::atomic<reader_record*> all{nullptr};

// At the end of a thread. If it takes a lock even later it gets a record again, and this is called
// again.
void give_back(void* record) noexcept {
  own_record = nullptr;
  // Release, with the next owner's acquire: one thread at a time writes to it.
  static_cast<reader_record*>(record)->in_use.store(false, std::memory_order_release);
}

// A thread-specific value and not a thread_local object: its destructor runs after those of all
// thread_local objects, which may well have hypercalls to make, and to set it needs no memory, or
// else says so.
class end_of_thread {
 public:
  end_of_thread() noexcept : made_{pthread_key_create(&key_, give_back) == 0} {}
  [[nodiscard]] bool bring_back(reader_record* r) const noexcept {
    return made_ && pthread_setspecific(key_, r) == 0;
  }

 private:
  pthread_key_t key_{};
  const bool made_;
};

reader_record* reuse() noexcept {
  for (reader_record* r = all.load(std::memory_order_acquire); r != nullptr; r = r->next) {
    bool in_use = false;
    if (!r->in_use.load(std::memory_order_relaxed) &&
        r->in_use.compare_exchange_strong(in_use, true, std::memory_order_acquire,
                                          std::memory_order_relaxed)) {
      return r;
    }
  }
  return nullptr;
}

reader_record* add() noexcept {
  auto* r = new (std::nothrow) reader_record;
  if (r == nullptr) return nullptr;
  r->next = all.load(std::memory_order_relaxed);
  // Release, with the acquire of those who go over the list: they find the record as it was made.
  while (!all.compare_exchange_weak(r->next, r, std::memory_order_release,
                                    std::memory_order_relaxed)) {
  }
  return r;
}

}  // namespace

bool reader_record::anyone_holds(const void* lock) noexcept {
  for (reader_record* r = all.load(std::memory_order_acquire); r != nullptr; r = r->next) {
    for (const place& p : r->places) {
      if (p.load(std::memory_order_acquire) == lock) return true;
    }
  }
  return false;
}

reader_record* reader_record::claim() noexcept {
  static const end_of_thread end;
  reader_record* r = reuse();
  if (r == nullptr) r = add();
  if (r == nullptr) return nullptr;
  if (!end.bring_back(r)) {
    r->in_use.store(false, std::memory_order_release);
    return nullptr;
  }
  own_record = r;
  return r;
}

}  // namespace v4v::hv
