#pragma once

#include <string>
#include <vector>

#include "results.hpp"

namespace v4v::bench {

/// What a mode of v4v is beside something else, in each repetition.
struct ratio {
  std::string name;
  std::string column;
  std::vector<double> samples;
};

/// Those that can be formed of what was measured.
std::vector<ratio> ratios_of(const results& r);

}  // namespace v4v::bench
