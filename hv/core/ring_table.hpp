#pragma once

#include <cstdint>

#include "core/ring.hpp"
#include "core/waiting_rings.hpp"

namespace v4v::hv {

/// The rings of one domain: a hash table over their keys, and a slot for each of them, up to the
/// domain's limit. Under the domain's L2. The hash is public, so a domain can make its own rings
/// collide; that costs those who send to it a walk over at most its limit.
class ring_table {
 public:
  /// Makes room for `limit` rings, at least 1; false if there is no memory.
  [[nodiscard]] bool allocate(port& host, std::uint32_t limit) noexcept;

  /// Frees the table, which is empty; nothing if allocate() was not called or failed.
  void release(port& host) noexcept;

  [[nodiscard]] ring* find(const ring_key& key) const noexcept;

  /// The ring that a message from `sender` to `port` goes to: the one for this partner, else the
  /// one for any domain, else null.
  [[nodiscard]] ring* find_for(std::uint32_t port, std::uint16_t sender) const noexcept;

  [[nodiscard]] ring* at(std::uint32_t slot) const noexcept { return slots_[slot]; }

  /// Whether a ring with that key could be inserted now: 0, or -EEXIST, or -ENOSPC.
  [[nodiscard]] long admits(const ring_key& key) const noexcept;

  void insert(ring& r) noexcept;  ///< admits(r.key())
  void erase(ring& r) noexcept;   ///< Also from `waiting`.

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
  std::uint32_t count_ = 0;
  std::uint32_t hash_shift_ = 0;
  ring** slots_ = nullptr;  // `limit_` of them, then the buckets, then the words of `waiting`
  ring** buckets_ = nullptr;
};

}  // namespace v4v::hv
