#pragma once

#include "tests/model/reference.hpp"

namespace v4v::hv::testing {

/// Puts names and numbers in place of what an operation says by reference to the state of affairs:
/// the third ring that there is, one byte more than it can take. Both sides are then told the same.
/// False if it cannot happen now, for the dead do nothing, and the living are not born.
[[nodiscard]] bool settle(operation& o, const reference& now);

}  // namespace v4v::hv::testing
