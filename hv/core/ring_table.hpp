#pragma once

#include <atomic>
#include <cstdint>

#include "core/ring.hpp"
#include "core/waiting_rings.hpp"

namespace v4v::hv {

/// The rings of one domain: a hash table over their keys, and a slot for each of them, up to the
/// domain's limit. Under the domain's L2. The hash is public, so a domain can make its own rings
/// collide; that costs those who send to it a walk over at most its limit.
class ring_table {
 public:
  /// Makes room for `limit` rings, at most V4V_MAX_RINGS, in a table that is empty or was never
  /// allocated; false if there is no memory, and it stays as it was.
  [[nodiscard]] bool allocate(port& host, std::uint32_t limit) noexcept;

  /// Frees the table, which is empty; nothing if allocate() never succeeded.
  void release(port& host) noexcept;

  /// Rings that count: those that are in it, and those that were erased and not forgotten.
  [[nodiscard]] bool empty() const noexcept { return count() == 0; }
  [[nodiscard]] std::uint32_t count() const noexcept {
    return count_.load(std::memory_order_relaxed);
  }

  [[nodiscard]] ring* find(const ring_key& key) const noexcept;

  /// The ring that a message from `sender` to `port` goes to: the one for this partner, else the
  /// one for any domain, else null.
  [[nodiscard]] ring* find_for(std::uint32_t port, std::uint16_t sender) const noexcept;

  /// The ring in a slot below the limit, or null.
  [[nodiscard]] ring* at(std::uint32_t slot) const noexcept { return slots_[slot]; }

  /// Any ring, or null if it is empty. `from` is where to look first, and where it was; 0 at first.
  [[nodiscard]] ring* any(std::uint32_t& from) const noexcept {
    for (; from < limit_; ++from) {
      if (slots_[from] != nullptr) return slots_[from];
    }
    return nullptr;
  }

  /// Whether a ring with that key could be inserted now: 0, or -EEXIST, or -ENOSPC.
  [[nodiscard]] long admits(const ring_key& key) const noexcept;

  void insert(ring& r) noexcept;  ///< admits(r.key())
  void erase(ring& r) noexcept;   ///< Also from `waiting`. It counts until it is forgotten.

  /// Takes a ring out of its slot alone, without the walk to it that its owner could make long: for
  /// a table in which nobody looks for a ring any more.
  void drop(const ring& r) noexcept { slots_[r.slot] = nullptr; }

  /// A ring that was erased is freed, with all its pages. Not before, or a domain that never makes
  /// the call again that was to unpin them could have any number of them. Needs no lock: nothing is
  /// read because of the count.
  void forget() noexcept { count_.fetch_sub(1, std::memory_order_relaxed); }

  template <class F>
  void for_each(F&& f) const noexcept {
    for (std::uint32_t slot = 0; slot < limit_; ++slot) {
      if (slots_[slot] != nullptr) f(*slots_[slot]);
    }
  }

  waiting_rings waiting;

 private:
  [[nodiscard]] ring*& bucket(const ring_key& key) const noexcept;

  std::uint32_t limit_ = 0;
  std::atomic<std::uint32_t> count_{0};
  std::uint32_t hash_shift_ = 0;
  ring** slots_ = nullptr;  // `limit_` of them, then the buckets, then the words of `waiting`
  ring** buckets_ = nullptr;
};

}  // namespace v4v::hv
