#pragma once

#include <rapidcheck.h>

#include "tests/model/operations.hpp"

namespace v4v::hv::testing {

/// Scripts that make the most of few domains, few ports and small rings: names collide, rings fill
/// and wrap, limits are reached. Shrinks to fewer and simpler operations.
[[nodiscard]] rc::Gen<script> scripts();

/// For rapidcheck's report of a counterexample.
void showValue(const script& s, std::ostream& out);

}  // namespace v4v::hv::testing
