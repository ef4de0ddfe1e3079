#pragma once

#include <cstdint>

#include "core/port.hpp"
#include "core/ring_space.hpp"
#include "v4v/abi.h"

namespace v4v::hv {

/// A domain that waits until `need` bytes (bytes_on_ring, so never 0) are free in a ring. A need
/// that the ring can never meet waits for the ring to go away.
///
/// The domain is named, not pointed to: it may die first, and its entry stays until somebody comes
/// across it. Its birth tells it from a later domain with the same id.
struct waiter {
  waiter* next;
  std::uint64_t need;
  std::uint64_t birth;
  std::uint16_t domain;
};

/// The domains that wait for space in one ring, at most one entry for each id and V4V_MAX_WAITERS
/// in all. Under the ring's L3. Operations are linear in the entries; only calls that find no room,
/// and the wake-ups that they asked for, come here.
class waiter_list {
 public:
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }

  /// Remembers that `domain` waits for `need` bytes, in place of whatever it, or a dead domain with
  /// its id, waited for before. False if the list is full or there is no memory.
  [[nodiscard]] bool put(port& host, std::uint16_t domain, std::uint64_t birth,
                         std::uint64_t need) noexcept;

  /// Likewise, in place of the first waiter for which f(waiter) holds; false if there is none.
  template <class F>
  [[nodiscard]] bool take_over_if(F&& f, std::uint16_t domain, std::uint64_t birth,
                                  std::uint64_t need) noexcept {
    for (waiter* w = first_; w != nullptr; w = w->next) {
      if (!f(*w)) continue;
      w->domain = domain;
      w->birth = birth;
      w->need = need;
      return true;
    }
    return false;
  }

  /// Forgets the waiters for which f(waiter) holds.
  template <class F>
  void drop_if(port& host, F&& f) noexcept {
    waiter* gone = nullptr;
    move_if(f, gone);
    release(host, gone);
  }

  /// Moves the waiters that `space` is enough for to the chain `to`.
  void move_fitting(const ring_space& space, waiter*& to) noexcept {
    move_if([&](const waiter& w) { return space.fits(w.need); }, to);
  }

  /// Moves all of them.
  void move_all(waiter*& to) noexcept {
    move_if([](const waiter&) { return true; }, to);
  }

  /// Frees a chain.
  static void release(port& host, waiter* chain) noexcept;

 private:
  template <class F>
  void move_if(F&& f, waiter*& to) noexcept {
    for (waiter** at = &first_; *at != nullptr;) {
      waiter* const w = *at;
      if (!f(*w)) {
        at = &w->next;
        continue;
      }
      *at = w->next;
      w->next = to;
      to = w;
      --count_;
    }
  }

  waiter* first_ = nullptr;
  std::uint32_t count_ = 0;
};

}  // namespace v4v::hv
