#include "measure/results.hpp"

#include <utility>

namespace v4v::bench {

void results::add(const subject& of, double sample, std::vector<float> each) {
  const series* found = find(of.suite, of.figure, of.at, of.column);
  if (found == nullptr) found = &all_.emplace_back(series{of, {}, {}});
  auto& s = const_cast<series&>(*found);  // of all_
  s.samples.push_back(sample);
  s.each.insert(s.each.end(), each.begin(), each.end());
}

const series* results::find(const std::string& suite, const std::string& figure,
                            const std::optional<place>& at, const std::string& column) const {
  for (const series& s : all_) {
    if (s.of.suite == suite && s.of.figure == figure && s.of.at == at && s.of.column == column)
      return &s;
  }
  return nullptr;
}

}  // namespace v4v::bench
