#include "measure/ratios.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "measure/columns.hpp"
#include "measure/samples.hpp"

namespace v4v::bench {
namespace {

const series* find(const results& r, const char* suite, const operand& o, const char* mode) {
  return r.find(suite, o.figure, o.at, o.column == nullptr ? mode : o.column);
}

}  // namespace

std::vector<ratio> ratios_of(const results& r, std::span<const ratio_definition> definitions) {
  std::vector<ratio> all;
  for (const ratio_definition& d : definitions) {
    const bool of_modes = d.dividend.column == nullptr || d.divisor.column == nullptr;
    for (const char* mode : column::modes) {
      const series* const dividend = find(r, d.suite, d.dividend, mode);
      const series* const divisor = find(r, d.suite, d.divisor, mode);
      if (dividend != nullptr && divisor != nullptr) {
        ratio made{&d, of_modes ? mode : column::v4v, {}};
        const auto n = std::min(dividend->samples.size(), divisor->samples.size());
        for (std::size_t i = 0; i < n; ++i)
          made.samples.push_back(dividend->samples[i] / divisor->samples[i]);
        all.push_back(std::move(made));
      }
      if (!of_modes) break;
    }
  }
  return all;
}

double spread_of(const ratio& r) {
  const summary s{r.samples};
  return (s.max - s.min) / s.median;
}

}  // namespace v4v::bench
