#include "tally.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "answers.hpp"
#include "expect.hpp"

namespace v4v::raw {

void tally::add(std::uint64_t op, long result) {
  ++calls_;
  ++counts_[operation_name(op >> 32 == 0 ? op : 0)][std::min(result, 0L)];
}

std::string tally::text() const {
  std::string all;
  for (const auto& [operation, results] : counts_) {
    all += fmt::format("{}{}", all.empty() ? "" : "; ", operation);
    std::string_view between = " ";
    // The best ones first.
    for (auto r = results.rbegin(); r != results.rend(); ++r) {
      all +=
          fmt::format("{}{} {}", between, r->first == 0 ? "ok" : result_name(r->first), r->second);
      between = ", ";
    }
  }
  return all;
}

}  // namespace v4v::raw
