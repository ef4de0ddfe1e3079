#pragma once

#include <cstdint>

#include "core/port.hpp"
#include "v4v/abi.h"

namespace v4v::hv {

/// The living domains by id, found in two steps however many there are. Under L1.
class domain_table {
 public:
  /// Null if there is none; `id` may be anything.
  [[nodiscard]] domain* find(std::uint16_t id) const noexcept {
    if (id >= V4V_DOMAIN_ANY) return nullptr;
    const leaf* l = leaves_[id / leaf_size];
    return l == nullptr ? nullptr : l->domains[id % leaf_size];
  }

  /// 0, or -EINVAL (no legal id), -EEXIST (in use), -ENOMEM.
  [[nodiscard]] long insert(port& host, std::uint16_t id, domain& d) noexcept;

  /// `d` is there.
  void erase(const domain& d) noexcept;

  /// Frees the table; no domain is left.
  void release(port& host) noexcept;

  /// The domain with the smallest id from `from` on, or null.
  [[nodiscard]] domain* next(std::uint32_t from) const noexcept {
    for (; from < V4V_DOMAIN_ANY; from = (from / leaf_size + 1) * leaf_size) {
      const leaf* l = leaves_[from / leaf_size];
      if (l == nullptr) continue;
      for (std::uint32_t i = from % leaf_size; i < leaf_size; ++i) {
        if (l->domains[i] != nullptr) return l->domains[i];
      }
    }
    return nullptr;
  }

  template <class F>
  void for_each(F&& f) const noexcept {
    for (const leaf* l : leaves_) {
      if (l == nullptr) continue;
      for (domain* d : l->domains) {
        if (d != nullptr) f(*d);
      }
    }
  }

 private:
  static constexpr std::uint32_t leaf_size = 256;
  struct leaf {
    domain* domains[leaf_size];
    std::uint64_t generations[leaf_size];  // Where the last domain with the id ended.
  };

  leaf* leaves_[(V4V_DOMAIN_ANY + leaf_size - 1) / leaf_size] = {};
};

}  // namespace v4v::hv
