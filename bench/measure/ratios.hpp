#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "measure/results.hpp"

namespace v4v::bench {

/// A figure in a column; without a column, in that of each mode of v4v in turn.
struct operand {
  const char* figure;
  std::optional<place> at{};
  const char* column = nullptr;
};

/// What is to be divided by what.
struct ratio_definition {
  const char* suite;
  const char* name;
  operand dividend;
  operand divisor;
  bool headline = false;         ///< One of the few that say how fast this is.
  const char* wanted = nullptr;  ///< What it should be, in words, if that was decided.
};

/// What v4v is beside something else, in each repetition.
struct ratio {
  const ratio_definition* definition;
  std::string column;
  std::vector<double> samples;
};

/// Those that can be formed of what was measured. The definitions must outlive them.
std::vector<ratio> ratios_of(const results& r, std::span<const ratio_definition> definitions);

/// How far apart the samples of a ratio are, as a share of their median.
double spread_of(const ratio& r);

}  // namespace v4v::bench
