#pragma once

#include "measure/record.hpp"

namespace v4v::bench {

/// Print to the standard output.

/// Where and how it is measured: what can be said before.
void print_conditions(const record& r);

/// The ratios, the figures, and the warnings: the median of each, and in parentheses the least and
/// the most.
void print_results(const record& r);

}  // namespace v4v::bench
