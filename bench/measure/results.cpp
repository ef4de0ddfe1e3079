#include "measure/results.hpp"

#include <stdexcept>
#include <utility>

namespace v4v::bench {

void results::add(const std::string& figure, const std::string& column, const std::string& unit,
                  double sample) {
  if (series* const s = find(figure, column)) return s->samples.push_back(sample);
  all_.push_back({figure, column, unit, {sample}, {}});
}

void results::keep_singles(const std::string& figure, const std::string& column,
                           std::vector<double> singles) {
  series* const s = find(figure, column);
  if (s == nullptr) throw std::logic_error("singles without a sample");
  s->singles.push_back(std::move(singles));
}

series* results::find(const std::string& figure, const std::string& column) {
  for (series& s : all_) {
    if (s.figure == figure && s.column == column) return &s;
  }
  return nullptr;
}

const series* results::find(const std::string& figure, const std::string& column) const {
  return const_cast<results*>(this)->find(figure, column);
}

}  // namespace v4v::bench
