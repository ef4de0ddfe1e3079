#pragma once

#include <span>
#include <string>
#include <vector>

#include "measure/results.hpp"

namespace v4v::bench {

/// A figure in a column; without a column, in that of the mode of v4v.
struct operand {
  const char* figure;
  const char* column = nullptr;
};

/// What is to be divided by what.
struct ratio_definition {
  const char* name;
  operand dividend;
  operand divisor;
  const char* wanted = nullptr;  ///< What it should be, in words, if that was decided.
};

/// What a mode of v4v is beside something else, in each repetition.
struct ratio {
  std::string name;
  std::string column;
  std::vector<double> samples;
  const char* wanted = nullptr;
};

/// Those that can be formed of what was measured.
std::vector<ratio> ratios_of(const results& r, std::span<const ratio_definition> definitions);

}  // namespace v4v::bench
