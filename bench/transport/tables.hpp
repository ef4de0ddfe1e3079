#pragma once

#include <vector>

#include "ratios.hpp"
#include "results.hpp"

namespace v4v::bench {

/// Print to the standard output: the median of each, and in parentheses the least and the most.
void print_ratios(const std::vector<ratio>& ratios);
void print_figures(const results& r);

}  // namespace v4v::bench
