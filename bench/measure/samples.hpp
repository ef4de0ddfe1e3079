#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace v4v::bench {

/// The value that so many of 100 lie below; of at least one value.
inline double percentile(std::vector<double> values, std::size_t percent) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(values.size() * percent / 100);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

/// Of at least one value.
inline double median(std::vector<double> values) { return percentile(std::move(values), 50); }

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
