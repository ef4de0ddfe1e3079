#pragma once

#include <cstdint>

#include "core/port.hpp"
#include "v4v/abi.h"

namespace v4v::hv {

/// The rules about who may send to whom: the first that matches decides, and the default policy if
/// none does. Under L1. Positions count from 1.
class rule_list {
 public:
  explicit rule_list(bool accept_by_default) noexcept : accept_by_default_{accept_by_default} {}

  /// Frees the rules.
  void release(port& host) noexcept;

  /// Makes `rule` the position-th, or the last if there are fewer; position >= 1. 0, or -ENOSPC
  /// (V4V_MAX_RULES), -ENOMEM.
  [[nodiscard]] long add(port& host, const v4v_rule& rule, std::uint64_t position) noexcept;

  /// position >= 1. 0, or -ENOENT if there is no position-th.
  [[nodiscard]] long remove_at(std::uint64_t position) noexcept;

  /// Removes the first rule with these addresses, whether it accepts or not. 0 or -ENOENT.
  [[nodiscard]] long remove_equal(const v4v_addr& src, const v4v_addr& dst) noexcept;

  void clear() noexcept { count_ = 0; }

  /// Whether a message from `src` to `dst` may pass.
  [[nodiscard]] bool accepts(const v4v_addr& src, const v4v_addr& dst) const noexcept;

  /// Whether a message of domain `src` to `dst` could pass, whatever port it claims to come from:
  /// if not, then `dst` is hidden from it.
  [[nodiscard]] bool reveals(std::uint16_t src, const v4v_addr& dst) const noexcept;

  [[nodiscard]] bool accepts_by_default() const noexcept { return accept_by_default_; }
  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  [[nodiscard]] const v4v_rule* begin() const noexcept { return rules_; }
  [[nodiscard]] const v4v_rule* end() const noexcept { return rules_ + count_; }

 private:
  [[nodiscard]] bool make_room(port& host) noexcept;

  v4v_rule* rules_ = nullptr;
  std::uint32_t count_ = 0;
  std::uint32_t capacity_ = 0;
  const bool accept_by_default_;
};

}  // namespace v4v::hv
