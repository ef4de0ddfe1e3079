#pragma once

#include <vector>

#include "measure/ratios.hpp"
#include "measure/results.hpp"

namespace v4v::bench {

/// Print to the standard output: the median of each, and in parentheses the least and the most.
/// Behind ratios, what is wanted of them.
void print_ratios(const std::vector<ratio>& ratios);
void print_figures(const results& r);

}  // namespace v4v::bench
