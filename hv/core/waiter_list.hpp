#pragma once

#include <cstdint>

#include "core/port.hpp"
#include "core/ring_space.hpp"

namespace v4v::hv {

/// A domain that waits until `need` bytes (bytes_on_ring, so never 0) are free in a ring. A need
/// that the ring can never meet waits for the ring to go away.
///
/// The domain is named, not pointed to: it may die first.
struct waiter {
  waiter* next;
  std::uint64_t need;
  std::uint16_t domain;
};

/// The domains that wait for space in one ring, at most one entry for each. Under the ring's L3.
/// Operations are linear in the entries; only calls that find no room, and the wake-ups that they
/// asked for, come here.
class waiter_list {
 public:
  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }

  /// Remembers that `domain` waits for `need` bytes, in place of whatever it waited for before.
  /// False if there is no memory for that.
  [[nodiscard]] bool put(port& host, std::uint16_t domain, std::uint64_t need) noexcept;

  /// Forgets what `domain` waits for, if anything.
  void drop(port& host, std::uint16_t domain) noexcept;

  /// Moves the waiters that `space` is enough for to the chain `to`.
  void move_fitting(const ring_space& space, waiter*& to) noexcept;

  /// Moves all of them.
  void move_all(waiter*& to) noexcept;

 private:
  waiter* first_ = nullptr;
};

}  // namespace v4v::hv
