#include "results.hpp"

namespace v4v::bench {

void results::add(const std::string& figure, const std::string& column, const std::string& unit,
                  double sample) {
  for (series& s : all_) {
    if (s.figure == figure && s.column == column) return s.samples.push_back(sample);
  }
  all_.push_back({figure, column, unit, {sample}});
}

const series* results::find(const std::string& figure, const std::string& column) const {
  for (const series& s : all_) {
    if (s.figure == figure && s.column == column) return &s;
  }
  return nullptr;
}

}  // namespace v4v::bench
