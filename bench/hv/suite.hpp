#pragma once

#include <span>

#include "measure/plan.hpp"
#include "measure/ratios.hpp"

namespace v4v::bench {

/// What hypercalls take, of a domain whose events are masked: no send pays for a wake-up.
void plan_hypercalls(plan& p);

/// What is to be divided by what.
std::span<const ratio_definition> hypercall_ratios();

}  // namespace v4v::bench
