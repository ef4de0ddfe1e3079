#include "testing/test_port.hpp"

#include <cstdlib>
#include <cstring>
#include <new>
#include <thread>

#include "core/domain.hpp"
#include "v4v/abi.h"

namespace v4v::hv::testing {
namespace {

test_domain& context_of(const domain& guest) { return *static_cast<test_domain*>(guest.context()); }

// Where [at, at + size) of a guest's memory is, or null.
void* reach(const domain& guest, std::uint64_t at, std::uint64_t size) {
  const std::span<std::byte> memory = context_of(guest).memory;
  if (at < V4V_PAGE_SIZE) return nullptr;
  if (memory.empty()) {
    constexpr std::uint64_t limit = std::uint64_t{1} << 47;
    return at > limit || size > limit - at ? nullptr : reinterpret_cast<void*>(at);
  }
  return at > memory.size() || size > memory.size() - at ? nullptr : memory.data() + at;
}

// A read-write lock that lets waiting writers in first, without anything to give back.
class yielding_lock {
 public:
  void lock() {
    writers_.fetch_add(1, std::memory_order_relaxed);
    int free = 0;
    while (!state_.compare_exchange_weak(free, -1, std::memory_order_acquire,
                                         std::memory_order_relaxed)) {
      free = 0;
      std::this_thread::yield();
    }
    writers_.fetch_sub(1, std::memory_order_relaxed);
  }
  void unlock() { state_.store(0, std::memory_order_release); }
  void lock_shared() {
    for (;; std::this_thread::yield()) {
      int readers = state_.load(std::memory_order_relaxed);
      if (readers < 0 || writers_.load(std::memory_order_relaxed) != 0) continue;
      if (state_.compare_exchange_strong(readers, readers + 1, std::memory_order_acquire,
                                         std::memory_order_relaxed)) {
        return;
      }
    }
  }
  void unlock_shared() { state_.fetch_sub(1, std::memory_order_release); }

 private:
  std::atomic<int> state_{0};
  std::atomic<int> writers_{0};
};
static_assert(sizeof(yielding_lock) <= sizeof(port_lock));

yielding_lock& in(port_lock& lock) {
  return *std::launder(static_cast<yielding_lock*>(static_cast<void*>(lock.storage)));
}

// What this thread holds, by level.
struct held_lock {
  const port_lock* lock = nullptr;
  bool shared = false;
};
thread_local held_lock held[4];

held_lock& held_at(lock_level level) { return held[static_cast<int>(level)]; }

bool holds_from(lock_level level) {
  for (int i = static_cast<int>(level); i < 4; ++i) {
    if (held[i].lock != nullptr) return true;
  }
  return false;
}

std::string name(lock_level level) { return "L" + std::to_string(static_cast<int>(level)); }

// In front of each block that is allocated: its size.
constexpr std::size_t prefix = alignof(std::max_align_t);

}  // namespace

std::string test_port::imbalance() const {
  std::string all;
  const auto say = [&](const std::string& what) { all += (all.empty() ? "" : "; ") + what; };
  if (locked_ != 0) say(std::to_string(locked_) + " locks held");
  if (pinned_ != 0) say(std::to_string(pinned_) + " pages pinned");
  if (allocated_ != 0) say(std::to_string(allocated_) + " blocks allocated");
  const std::lock_guard guard{mutex_};
  for (const std::string& what : misuses_)
    say(what);
  return all;
}

bool test_port::fails(unsigned kind) {
  if (fail_in_ == 0 || (fail_kinds_ & kind) == 0 || --fail_in_ != 0) return false;
  failed_ = true;
  return true;
}

void test_port::misuse(std::string what) {
  const std::lock_guard guard{mutex_};
  misuses_.push_back(std::move(what));
}

bool test_port::copy_from_guest(const domain& guest, void* to, std::uint64_t from,
                                std::size_t size) noexcept {
  happen(step::read);
  if (fails(reads)) return false;
  const void* memory = reach(guest, from, size);
  if (memory == nullptr) return false;
  std::memmove(to, memory, size);  // the two may overlap, in a send to oneself
  return true;
}

bool test_port::copy_to_guest(const domain& guest, std::uint64_t to, const void* from,
                              std::size_t size) noexcept {
  happen(step::write);
  if (fails(writes)) return false;
  void* memory = reach(guest, to, size);
  if (memory == nullptr) return false;
  std::memmove(memory, from, size);
  return true;
}

bool test_port::pin_page(const domain& guest, std::uint64_t pfn, void*& page) noexcept {
  happen(step::pin);
  if (holds_from(lock_level::domains)) misuse("a page pinned with locks held");
  if (fails(pinning) || pfn > UINT64_MAX / V4V_PAGE_SIZE) return false;
  void* memory = reach(guest, pfn * V4V_PAGE_SIZE, V4V_PAGE_SIZE);
  if (memory == nullptr) return false;
  page = pin_at_null ? nullptr : memory;
  ++pinned_;
  const std::lock_guard guard{mutex_};
  ++context_of(guest).pins[page];
  return true;
}

void test_port::unpin_page(const domain& guest, void* page) noexcept {
  happen(step::unpin);
  --pinned_;
  bool was_pinned;
  {
    const std::lock_guard guard{mutex_};
    auto& pins = context_of(guest).pins;
    const auto found = pins.find(page);
    was_pinned = found != pins.end();
    if (was_pinned && --found->second == 0) pins.erase(found);
  }
  if (!was_pinned) misuse("a page unpinned that was not pinned");
}

void* test_port::allocate(std::size_t size) noexcept {
  happen(step::allocate);
  if (fails(allocations)) return nullptr;
  auto* block = static_cast<std::byte*>(std::malloc(prefix + size));
  if (block == nullptr) return nullptr;
  std::memcpy(block, &size, sizeof(size));
  ++allocated_;
  bytes_ += static_cast<long>(size);
  return block + prefix;
}

void test_port::free(void* memory) noexcept {
  happen(step::free);
  if (memory == nullptr) return misuse("null freed");
  auto* block = static_cast<std::byte*>(memory) - prefix;
  std::size_t size;
  std::memcpy(&size, block, sizeof(size));
  --allocated_;
  bytes_ -= static_cast<long>(size);
  std::free(block);
}

void test_port::init_lock(port_lock& lock, lock_level) noexcept {
  new (lock.storage) yielding_lock;
}

void test_port::lock(port_lock& lock, lock_level level) noexcept {
  happen(step::lock);
  if (holds_from(level)) misuse(name(level) + " taken out of order");
  in(lock).lock();
  ++locked_;
  held_at(level) = {&lock, false};
}

void test_port::unlock(port_lock& lock, lock_level level) noexcept {
  if (held_at(level).lock != &lock || held_at(level).shared) {
    misuse(name(level) + " released that was not held");
  }
  held_at(level) = {};
  --locked_;
  in(lock).unlock();
  happen(step::unlock);
}

void test_port::lock_shared(port_lock& lock, lock_level level) noexcept {
  happen(step::lock);
  if (holds_from(level)) misuse(name(level) + " taken out of order");
  in(lock).lock_shared();
  ++locked_;
  held_at(level) = {&lock, true};
}

void test_port::unlock_shared(port_lock& lock, lock_level level) noexcept {
  if (held_at(level).lock != &lock || !held_at(level).shared) {
    misuse(name(level) + " released that was not held shared");
  }
  held_at(level) = {};
  --locked_;
  in(lock).unlock_shared();
  happen(step::unlock);
}

void test_port::send_event(domain& guest) noexcept {
  happen(step::event);
  if (held_at(lock_level::domains).lock == nullptr) misuse("an event sent without L1");
  if (holds_from(lock_level::rings)) misuse("an event sent with L2 or L3");
  ++context_of(guest).signals;
  context_of(guest).events.signal();
}

// Something that tells domains apart.
std::uint32_t test_port::event_channel(const domain& guest) noexcept { return 100u + guest.id(); }

bool test_port::is_privileged(const domain& guest) noexcept { return context_of(guest).privileged; }

bool test_port::should_yield() noexcept {
  happen(step::yield);
  if (holds_from(lock_level::domains)) misuse("asked whether to yield with locks held");
  return yield_every != 0 && ++asked_to_yield_ % yield_every == 0;
}

}  // namespace v4v::hv::testing
