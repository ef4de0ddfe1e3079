#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace v4v::bench {

/// Of at least one value.
inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

struct summary {
  explicit summary(const std::vector<double>& samples)
      : median(bench::median(samples)),
        min(*std::min_element(samples.begin(), samples.end())),
        max(*std::max_element(samples.begin(), samples.end())) {}
  double median;
  double min;
  double max;
};

}  // namespace v4v::bench
