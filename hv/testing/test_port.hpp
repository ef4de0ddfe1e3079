#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "core/port.hpp"
#include "embedded/event.hpp"

namespace v4v::hv::testing {

/// What the test port keeps for a domain: its context. Outlives the domain.
struct test_domain {
  /// The guest's memory: its guest address 0 is the first byte, which is page-aligned. Its first
  /// page is out of reach, so that null is no address. Without any, guest addresses are the
  /// process's own.
  std::span<std::byte> memory{};
  bool privileged = false;
  event events{};
  std::atomic<std::uint64_t> signals{0};  ///< Events sent, those that found one pending included.
  std::map<void*, int> pins{};            ///< By page; the port's.
};

/// The core's port for tests: the memory of guests is bounded, everything may fail when a test
/// wants it to, something may happen between any two steps of the core, and whatever the core
/// takes it must give back.
///
/// Thread safety: as a port's; what tests set, they set while no call is under way.
class test_port : public port {
 public:
  test_port() = default;
  test_port(const test_port&) = delete;
  test_port& operator=(const test_port&) = delete;

  // ---- What happens meanwhile ----

  enum class step { read, write, pin, unpin, allocate, free, lock, unlock, event, yield };

  /// Called before each step: a moment at which another processor may change any guest's memory. It
  /// must not make hypercalls when `step` comes with locks held.
  std::function<void(step)> meanwhile;

  // ---- What fails ----

  /// Kinds of steps that can fail, to be added up.
  enum fallible : unsigned { reads = 1, writes = 2, allocations = 4, pinning = 8, anything = 15 };

  /// From now on the n-th step of these kinds fails, n >= 1, and no other.
  void fail_nth(std::uint64_t n, unsigned kinds = anything) {
    fail_in_ = n;
    fail_kinds_ = kinds;
    failed_ = false;
  }
  void fail_nothing() { fail_in_ = 0; }
  [[nodiscard]] bool has_failed() const { return failed_; }  ///< Since fail_nth().

  /// Whether pages are mapped at address 0, as they may be in a hypervisor. Not for rings that are
  /// read or written.
  bool pin_at_null = false;

  /// Whether every n-th question whether to yield is answered with yes; 0: none.
  std::uint64_t yield_every = 0;

  // ---- What is left ----

  /// Empty if no lock is held, nothing pinned and nothing allocated, and no rule of port.hpp was
  /// broken so far: locks in their order, none twice, no event but under L1 alone, no yielding and
  /// no pinning with locks. Else what is wrong.
  [[nodiscard]] std::string imbalance() const;

  [[nodiscard]] long allocated() const { return allocated_; }  ///< Blocks.
  [[nodiscard]] long bytes() const { return bytes_; }          ///< In them.
  [[nodiscard]] long pinned() const { return pinned_; }  ///< Pages; twice pinned counts twice.
  [[nodiscard]] long locked() const { return locked_; }

  // ---- The port ----

  bool copy_from_guest(const domain& guest, void* to, std::uint64_t from,
                       std::size_t size) noexcept override;
  bool copy_to_guest(const domain& guest, std::uint64_t to, const void* from,
                     std::size_t size) noexcept override;
  bool pin_page(const domain& guest, std::uint64_t pfn, void*& page) noexcept override;
  void unpin_page(const domain& guest, void* page) noexcept override;
  void* allocate(std::size_t size) noexcept override;
  void free(void* memory) noexcept override;
  void init_lock(port_lock& lock, lock_level level) noexcept override;
  void lock(port_lock& lock, lock_level level) noexcept override;
  void unlock(port_lock& lock, lock_level level) noexcept override;
  void lock_shared(port_lock& lock, lock_level level) noexcept override;
  void unlock_shared(port_lock& lock, lock_level level) noexcept override;
  void send_event(domain& guest) noexcept override;
  std::uint32_t event_channel(const domain& guest) noexcept override;
  bool is_privileged(const domain& guest) noexcept override;
  bool should_yield() noexcept override;

 private:
  void happen(step s) {
    if (meanwhile) meanwhile(s);
  }
  bool fails(unsigned kind);
  void misuse(std::string what);

  std::uint64_t fail_in_ = 0;
  unsigned fail_kinds_ = 0;
  bool failed_ = false;
  std::atomic<std::uint64_t> asked_to_yield_{0};

  std::atomic<long> allocated_{0};
  std::atomic<long> bytes_{0};
  std::atomic<long> pinned_{0};
  std::atomic<long> locked_{0};
  mutable std::mutex mutex_;  // over the misuses and the domains' pins
  std::vector<std::string> misuses_;
};

}  // namespace v4v::hv::testing
