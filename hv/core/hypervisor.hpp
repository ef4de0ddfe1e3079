#pragma once

#include <atomic>
#include <cstdint>

#include "core/domain.hpp"
#include "core/domain_table.hpp"
#include "core/guard.hpp"
#include "core/ring_counters.hpp"
#include "core/send_request.hpp"

namespace v4v::hv {

/// The hypervisor side of V4V: domains, and the operations of v4v/abi.h that they make. Any number
/// may exist; they share nothing.
///
/// Locks (lock_level) are taken in the order L1, L2, L3, and at most one of each. Every operation
/// that touches a domain other than the caller holds L1 shared while it does.
///
/// Thread safety: everything may be called from any thread at any time, but destroy_domain() must
/// not overlap with that domain's own operations, and the destructor with nothing.
class hypervisor {
 public:
  explicit hypervisor(port& host) noexcept;
  ~hypervisor();  ///< No domain is left.
  hypervisor(const hypervisor&) = delete;
  hypervisor& operator=(const hypervisor&) = delete;

  /// Creates a domain. `context` is for the port. 0 and the domain in `created`, or -EINVAL (no
  /// legal id), -EEXIST (in use), -ENOMEM.
  [[nodiscard]] long create_domain(std::uint16_t id, void* context, domain*& created) noexcept;

  /// Ends a domain: its rings go, its waits are void, and every other domain gets an event, for any
  /// of them may wait for its rings, own a ring for it alone, or have one of its own for it. Once
  /// it returns no event is sent to it.
  void destroy_domain(domain* d) noexcept;

  /// do_v4v_op of v4v/abi.h, made by `caller`.
  long operate(domain& caller, std::uint32_t op, std::uint64_t arg1, std::uint64_t arg2,
               std::uint64_t arg3, std::uint64_t arg4) noexcept;

  struct totals {
    ring_counters rings;
    std::uint64_t rejections = 0;
  };

  /// The sums over all domains, those that are gone included.
  [[nodiscard]] totals count() noexcept;

  /// Calls f(domain&) for each living domain, with L1 held shared.
  template <class F>
  void for_each_domain(F&& f) noexcept {
    shared_guard l1{host_, domains_lock_};
    domains_.for_each(f);
  }

 private:
  [[nodiscard]] std::uint16_t next_generation() noexcept;
  long register_ring(domain& caller, std::uint64_t ring_at, std::uint64_t pfns_at,
                     std::uint64_t page_count) noexcept;
  long unregister_ring(domain& caller, std::uint64_t ring_at) noexcept;
  long notify(domain& caller, std::uint64_t data_at) noexcept;
  long sendv(domain& caller, std::uint64_t address_at, std::uint64_t vectors_at,
             std::uint64_t count, std::uint32_t type) noexcept;
  long info(domain& caller, std::uint64_t info_at) noexcept;

  // sendv, for a request that is known to be good; and its end, under the L3 of the ring.
  long send(domain& caller, const send_request& request, std::uint32_t type) noexcept;
  long deliver(domain& caller, domain& owner, ring& r, const send_request& request,
               std::uint32_t type) noexcept;

  // The two halves of notify: wakes who waits for the caller's rings; answers one question.
  void wake_waiters(domain& owner) noexcept;
  void answer(domain& caller, v4v_ring_data_ent& entry) noexcept;

  // Under L3 of a ring that has no room for `need` bytes: a promise of an event for domain `who`,
  // unless there is room by now, or as many wait as may, or there is no memory (refused). `space`
  // is the ring's latest. In waiting.cpp.
  enum class room { enough, later, refused };
  room wait_for_room(domain& owner, ring& r, const domain& who, std::uint64_t need,
                     ring_space& space) noexcept;
  bool remember(ring& r, const domain& who, std::uint64_t need) noexcept;
  void stop_waiting(domain& owner, ring& r, const domain& who) noexcept;
  domain* still_living(const waiter& w) noexcept;
  void signal(waiter* chain) noexcept;

  void add_counters(domain& d, totals& to) noexcept;

  port& host_;
  leveled_lock<lock_level::domains> domains_lock_;  // L1
  domain_table domains_;                            // L1
  totals of_gone_domains_;                          // L1
  std::atomic<std::uint64_t> births_{0};
  std::atomic<std::uint64_t> generations_{0};
};

}  // namespace v4v::hv
