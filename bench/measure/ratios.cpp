#include "measure/ratios.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "measure/columns.hpp"

namespace v4v::bench {
namespace {

const series* find(const results& r, const operand& o, const char* mode) {
  return r.find(o.figure, o.column == nullptr ? mode : o.column);
}

}  // namespace

std::vector<ratio> ratios_of(const results& r, std::span<const ratio_definition> definitions) {
  std::vector<ratio> all;
  for (const ratio_definition& d : definitions) {
    for (const char* mode : column::modes) {
      const series* const dividend = find(r, d.dividend, mode);
      const series* const divisor = find(r, d.divisor, mode);
      if (dividend == nullptr || divisor == nullptr) continue;
      ratio made{d.name, mode, {}, d.wanted};
      const auto n = std::min(dividend->samples.size(), divisor->samples.size());
      for (std::size_t i = 0; i < n; ++i)
        made.samples.push_back(dividend->samples[i] / divisor->samples[i]);
      all.push_back(std::move(made));
    }
  }
  return all;
}

}  // namespace v4v::bench
