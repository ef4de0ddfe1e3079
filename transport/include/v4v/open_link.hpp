#pragma once

#include <memory>

#include "v4v/link.hpp"

namespace v4v {

/// The link to the hypervisor that this program runs on: the one that the environment variable
/// V4V_LINK names ("xen"), or, if that is not set or empty, the first that is found: looked for is
/// Xen's device for hypercalls. No other thread may change the environment meanwhile.
///
/// Throws std::system_error, whose text says what was looked for and what to do next, when there is
/// none or it cannot be used.
[[nodiscard]] std::unique_ptr<link> open_link();

}  // namespace v4v
