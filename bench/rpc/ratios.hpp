#pragma once

#include <vector>

#include "measure/ratios.hpp"
#include "measure/results.hpp"

namespace v4v::bench {

/// The ratios of calls that can be formed of what was measured.
std::vector<ratio> ratios_of(const results& r);

}  // namespace v4v::bench
