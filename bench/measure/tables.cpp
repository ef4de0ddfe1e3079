#include "measure/tables.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "measure/columns.hpp"
#include "measure/samples.hpp"

namespace v4v::bench {
namespace {

// Three digits that matter.
std::string number(double value) {
  return fmt::format("{:.{}f}", value, value < 10 ? 2 : value < 100 ? 1 : 0);
}

std::string spread(const std::vector<double>& samples) {
  const summary s{samples};
  return fmt::format("{} ({}..{})", number(s.median), number(s.min), number(s.max));
}

// One measurement may give samples of two figures, which then come by turns.
std::vector<const series*> by_figure(const results& r) {
  std::vector<const series*> sorted;
  for (const series& s : r.all()) {
    const auto last = std::find_if(sorted.rbegin(), sorted.rend(),
                                   [&](const series* other) { return other->figure == s.figure; });
    sorted.insert(last == sorted.rend() ? sorted.end() : last.base(), &s);
  }
  return sorted;
}

}  // namespace

void print_ratios(const std::vector<ratio>& ratios) {
  if (ratios.empty()) return;
  fmt::print("\n{:<50}", "ratio: median (least..most)");
  for (const char* mode : column::modes)
    fmt::print("{:<22}", mode);
  const ratio* line = nullptr;
  const auto end_line = [&] {
    if (line != nullptr && line->wanted != nullptr) fmt::print("{}", line->wanted);
  };
  for (const ratio& r : ratios) {
    if (line == nullptr || line->name != r.name) {
      end_line();
      fmt::print("\n{:<50}", r.name);
      line = &r;
    }
    fmt::print("{:<22}", spread(r.samples));
  }
  end_line();
  fmt::print("\n");
}

void print_figures(const results& r) {
  fmt::print("\n{:<28}{:<12}{:>10}  {:<20}{}\n", "figure", "", "median", "least..most", "unit");
  const std::string* group = nullptr;
  for (const series* s : by_figure(r)) {
    const bool same = group != nullptr && *group == s->figure;
    group = &s->figure;
    const summary of{s->samples};
    fmt::print("{:<28}{:<12}{:>10}  {:<20}{}\n", same ? "" : s->figure, s->column,
               number(of.median), number(of.min) + ".." + number(of.max), s->unit);
  }
}

}  // namespace v4v::bench
