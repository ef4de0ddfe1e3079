#pragma once

#include <atomic>
#include <cstdint>

#include "v4v/abi.h"

namespace v4v::hv {

/// What a domain may ask for. Config may change it while calls of the domain run, so each call
/// reads a limit once; relaxed, because nothing else is said by a limit.
class domain_limits {
 public:
  [[nodiscard]] std::uint32_t max_rings() const noexcept { return get(max_rings_); }
  [[nodiscard]] std::uint32_t max_sendv() const noexcept { return get(max_sendv_); }
  [[nodiscard]] std::uint32_t max_notify() const noexcept { return get(max_notify_); }
  [[nodiscard]] std::uint32_t max_send_size() const noexcept { return get(max_send_size_); }

  /// Whether any hypervisor can give these.
  [[nodiscard]] static constexpr bool allow(const v4v_config& wanted) noexcept {
    return wanted.max_rings <= V4V_MAX_RINGS && wanted.max_sendv <= V4V_MAX_SENDV &&
           wanted.max_notify <= V4V_MAX_NOTIFY;
  }

  domain_limits() noexcept = default;
  domain_limits(const domain_limits& other) noexcept { *this = other; }
  domain_limits& operator=(const domain_limits& other) noexcept {
    if (this != &other)
      set({other.max_rings(), other.max_sendv(), other.max_notify(), other.max_send_size(), 0, 0});
    return *this;
  }

  void set(const v4v_config& allowed) noexcept {
    max_rings_.store(allowed.max_rings, std::memory_order_relaxed);
    max_sendv_.store(allowed.max_sendv, std::memory_order_relaxed);
    max_notify_.store(allowed.max_notify, std::memory_order_relaxed);
    max_send_size_.store(allowed.max_send_size, std::memory_order_relaxed);
  }

 private:
  using limit = std::atomic<std::uint32_t>;
  static std::uint32_t get(const limit& l) noexcept { return l.load(std::memory_order_relaxed); }

  limit max_rings_{V4V_DEFAULT_MAX_RINGS};
  limit max_sendv_{V4V_DEFAULT_MAX_SENDV};
  limit max_notify_{V4V_DEFAULT_MAX_NOTIFY};
  limit max_send_size_{V4V_DEFAULT_MAX_SEND_SIZE};
};

}  // namespace v4v::hv
