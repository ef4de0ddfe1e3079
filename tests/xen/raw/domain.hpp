#pragma once

#include <cstdint>
#include <optional>

#include "hypervisor.hpp"
#include "v4v/abi.h"

namespace v4v::raw {

/// The domain that this program is in, as its commands need it.
struct domain {
  hypervisor& hv;
  std::uint16_t id;
  v4v_info limits;
};

/// What info says. Throws std::runtime_error, whose text says what to do next, where there is no
/// V4V, or another one, or this program may not ask.
[[nodiscard]] v4v_info ask_limits(hypervisor& hv);

/// The domain's number, by the CPU leaves that Xen has for PVH and HVM guests.
[[nodiscard]] std::optional<std::uint16_t> own_number();

/// The domain, with the number that was given or else its own_number(). Throws std::runtime_error.
[[nodiscard]] domain this_domain(hypervisor& hv, std::optional<std::uint16_t> given);

/// Whether the domain may change rules and limits. Changes none.
[[nodiscard]] bool is_privileged(hypervisor& hv);

}  // namespace v4v::raw
