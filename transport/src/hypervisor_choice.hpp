#pragma once

namespace v4v::detail {

enum class hypervisor_kind { xen };

/// The hypervisor that the environment variable V4V_LINK names, or, if that is not set or empty,
/// the first that is found here. Throws std::system_error, whose text says what V4V_LINK can be, or
/// what was looked for.
[[nodiscard]] hypervisor_kind chosen_hypervisor();

}  // namespace v4v::detail
