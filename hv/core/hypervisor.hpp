#pragma once

#include <atomic>
#include <cstdint>

#include "core/call.hpp"
#include "core/domain.hpp"
#include "core/domain_table.hpp"
#include "core/guard.hpp"
#include "core/ring_counters.hpp"
#include "core/rule_list.hpp"
#include "core/send_request.hpp"

namespace v4v::hv {

/// Where hypervisor::dump() writes to.
class dump_sink {
 public:
  /// A line that ends with no newline, in ASCII. Called with L1 and L2 held shared.
  virtual void line(const char* text) noexcept = 0;

 protected:
  ~dump_sink() = default;
};

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
  /// `accept_by_default`: what becomes of a message that no rule matches.
  explicit hypervisor(port& host, bool accept_by_default = true) noexcept;
  ~hypervisor();  ///< No domain is left.
  hypervisor(const hypervisor&) = delete;
  hypervisor& operator=(const hypervisor&) = delete;

  /// Creates a domain. `context` is for the port. 0 and the domain in `created`, or -EINVAL (no
  /// legal id), -EEXIST (in use), -ENOMEM. `limits`, which are allowed, are those of a domain that
  /// begins anew; else it has the usual ones.
  [[nodiscard]] long create_domain(std::uint16_t id, void* context, domain*& created,
                                   const domain_limits& limits = {}) noexcept;

  /// Ends a domain: its rings go, its waits are void, and every other domain gets an event, for any
  /// of them may wait for its rings, own a ring for it alone, or have one of its own for it. From
  /// the first call on no event is sent to it and its id is free.
  ///
  /// 0: the domain is no more. error::restart: the port should yield, and then call again, until
  /// which the domain's pages stay pinned.
  [[nodiscard]] long destroy_domain(domain* d) noexcept;

  /// do_v4v_op of v4v/abi.h, made by `caller`. Besides what stands there it answers error::restart:
  /// the port should yield, and then call again with the same `c`. It does so only if
  /// port::should_yield() said so, and each time it has done some work first; or if it waits for
  /// another call of the same domain, which does some.
  [[nodiscard]] long operate(domain& caller, call& c) noexcept;

  struct totals {
    ring_counters rings;
    std::uint64_t rejections = 0;
  };

  /// The sums over all domains, those that are gone included.
  [[nodiscard]] totals count() noexcept;

  /// Describes domains, rings, waiters, rules and counters, for people who look for a mistake. As
  /// long as there are rings; what it says of each ring is of one moment.
  void dump(dump_sink& to) noexcept;

  /// Calls f(domain&) for each living domain, with L1 held shared.
  template <class F>
  void for_each_domain(F&& f) noexcept {
    shared_guard l1{host_, domains_lock_};
    domains_.for_each(f);
  }

 private:
  long register_ring(domain& caller, std::uint64_t ring_at, std::uint64_t pfns_at,
                     std::uint64_t page_count) noexcept;
  long unregister_ring(domain& caller, std::uint64_t ring_at, std::uint64_t& progress) noexcept;
  long notify(domain& caller, std::uint64_t data_at, std::uint64_t& progress) noexcept;
  long sendv(domain& caller, std::uint64_t address_at, std::uint64_t vectors_at,
             std::uint64_t count, std::uint32_t type) noexcept;
  long info(domain& caller, std::uint64_t info_at) noexcept;
  long administer(domain& caller, const call& c) noexcept;
  long tables_add(domain& caller, std::uint64_t rule_at, std::uint64_t position) noexcept;
  long tables_del(domain& caller, std::uint64_t rule_at, std::uint64_t position) noexcept;
  long tables_list(domain& caller, std::uint64_t list_at) noexcept;
  long config(domain& caller, std::uint64_t config_at) noexcept;
  long activity(domain& caller, std::uint64_t bits_at, std::uint64_t pfn_at,
                std::uint64_t page_count) noexcept;

  // sendv, for a request that is known to be good; and its end, under the L3 of the ring.
  long send(domain& caller, const send_request& request, std::uint32_t type) noexcept;
  long deliver(domain& caller, domain& owner, ring& r, const send_request& request,
               std::uint32_t type) noexcept;

  // The two halves of notify: wakes who waits for the caller's rings, from a slot on; answers one
  // question.
  long wake_waiters(domain& owner, std::uint32_t& slot) noexcept;
  bool wake_waiters_of_next_ring(domain& owner, std::uint32_t& slot) noexcept;
  void answer(domain& caller, v4v_ring_data_ent& entry) noexcept;

  // What is left to do for rings that nobody else knows any more: unpinning, which may take long.
  long release(domain& owner, ring& r, std::uint64_t& progress) noexcept;
  long release_retired(domain& owner, std::uint64_t& progress) noexcept;

  // Tells the first domain whose id is at least `from`, which moves past it, of a domain's end.
  bool tell_next_of_end(std::uint32_t& from) noexcept;

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

  // An event that is not about a message. Under L1, and no L2.
  void tell(domain& d, notice what) noexcept;

  void add_counters(domain& d, totals& to) noexcept;

  port& host_;
  leveled_lock<lock_level::domains> domains_lock_;  // L1
  domain_table domains_;                            // L1
  rule_list rules_;                                 // L1
  totals of_gone_domains_;                          // L1
  std::atomic<std::uint64_t> births_{0};
};

}  // namespace v4v::hv
