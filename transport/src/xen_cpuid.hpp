#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>

#include "v4v/endpoint.hpp"

namespace v4v::detail {

/// What CPUID answers: EAX, EBX, ECX, EDX.
using cpuid_registers = std::array<std::uint32_t, 4>;
using cpuid_function = std::function<cpuid_registers(std::uint32_t leaf, std::uint32_t subleaf)>;

/// The number of this domain as Xen tells it to HVM and PVH guests; none in PV guests and where
/// there is no Xen.
[[nodiscard]] std::optional<domain_type> xen_domain(const cpuid_function& cpuid);

/// The same, from this processor; none on other architectures than x86-64.
[[nodiscard]] std::optional<domain_type> xen_domain();

}  // namespace v4v::detail
