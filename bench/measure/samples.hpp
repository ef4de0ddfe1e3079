#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace v4v::bench {

/// The value that so many of 100 lie below; of at least one value.
template <class Number>
Number percentile(std::vector<Number> values, double percent) {
  const auto below = static_cast<std::size_t>(static_cast<double>(values.size()) * percent / 100);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::min(below, values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

/// Of at least one value; of an even number of them the mean of the two in the middle.
template <class Number>
Number median(std::vector<Number> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 != 0) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

/// Of at least one value.
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
