#pragma once

#include <atomic>
#include <cstdint>

#include "core/guard.hpp"
#include "core/ring_counters.hpp"
#include "core/ring_table.hpp"
#include "v4v/abi.h"

namespace v4v::hv {

/// What a domain may ask for.
struct domain_limits {
  std::uint32_t max_rings = V4V_DEFAULT_MAX_RINGS;
  std::uint32_t max_sendv = V4V_DEFAULT_MAX_SENDV;
  std::uint32_t max_notify = V4V_DEFAULT_MAX_NOTIFY;
  std::uint32_t max_send_size = V4V_DEFAULT_MAX_SEND_SIZE;
};

/// One domain, as the core knows it.
///
/// Lifetime: whoever makes a hypercall for a domain keeps it alive, that is the port's affair. Any
/// other domain is found in the domain_table, and used only while L1 is held shared.
class domain {
 public:
  domain(port& host, std::uint16_t id, std::uint64_t birth, void* context) noexcept
      : rings_lock{host}, id_{id}, birth_{birth}, context_{context} {}

  [[nodiscard]] std::uint16_t id() const noexcept { return id_; }

  /// Tells it from all domains that ever had or will have its id.
  [[nodiscard]] std::uint64_t birth() const noexcept { return birth_; }

  /// What the port keeps for this domain; the core never looks at it.
  [[nodiscard]] void* context() const noexcept { return context_; }

  domain_limits limits;

  leveled_lock<lock_level::rings> rings_lock;  ///< L2
  ring_table rings;                            ///< L2
  ring_counters of_gone_rings;                 ///< L2

  /// Sends by this domain that were answered with an error other than EAGAIN.
  std::atomic<std::uint64_t> rejections{0};

 private:
  const std::uint16_t id_;
  const std::uint64_t birth_;
  void* const context_;
};

}  // namespace v4v::hv
