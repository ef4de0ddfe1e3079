#include "measure/results.hpp"

#include <algorithm>

namespace v4v::bench {
namespace {

bool is(const series& s, const std::string& suite, const std::string& figure,
        const std::optional<place>& at, const std::string& column) {
  return s.of.suite == suite && s.of.figure == figure && s.of.at == at && s.of.column == column;
}

}  // namespace

void results::add(const subject& of, double sample, const std::vector<float>& each) {
  auto found = std::find_if(all_.begin(), all_.end(), [&](const series& s) {
    return is(s, of.suite, of.figure, of.at, of.column);
  });
  if (found == all_.end()) found = all_.insert(found, series{of, {}, {}});
  found->samples.push_back(sample);
  found->each.insert(found->each.end(), each.begin(), each.end());
}

const series* results::find(const std::string& suite, const std::string& figure,
                            const std::optional<place>& at, const std::string& column) const {
  const auto found = std::find_if(
      all_.begin(), all_.end(), [&](const series& s) { return is(s, suite, figure, at, column); });
  return found == all_.end() ? nullptr : &*found;
}

}  // namespace v4v::bench
