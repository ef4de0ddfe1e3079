#pragma once

#include <atomic>
#include <cstdint>

#include "core/activity_page.hpp"
#include "core/guard.hpp"
#include "core/limits.hpp"
#include "core/ring_counters.hpp"
#include "core/ring_table.hpp"

namespace v4v::hv {

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

  domain_limits limits;  ///< Changed under L2, read without.

  leveled_lock<lock_level::rings> rings_lock;  ///< L2
  ring_table rings;                            ///< L2
  ring_counters of_gone_rings;                 ///< L2
  activity_page activity;                      ///< L2

  /// Rings that are out of the table, but a call that had to yield has not unpinned all of their
  /// pages. They count as the domain's until then. L2.
  ring* retired = nullptr;
  std::uint32_t releasing = 0;  ///< So many have been taken from there to be unpinned now. L2.

  /// How far destroy_domain() has come, which alone looks here.
  struct {
    bool begun = false;
    std::uint32_t told = 0;  ///< All domains with smaller ids know.
    std::uint32_t slot = 0;  ///< No ring is left in smaller slots.
  } death;

  /// How many rings domains with this id have registered, or tried to; what notify tells of them.
  std::atomic<std::uint64_t> generations{0};

  /// Sends by this domain that were answered with an error other than EAGAIN.
  std::atomic<std::uint64_t> rejections{0};

 private:
  const std::uint16_t id_;
  const std::uint64_t birth_;
  void* const context_;
};

}  // namespace v4v::hv
