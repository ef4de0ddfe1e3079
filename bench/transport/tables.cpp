#include "tables.hpp"

#include <string>

#include <fmt/core.h>

#include "columns.hpp"
#include "samples.hpp"

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

}  // namespace

void print_ratios(const std::vector<ratio>& ratios) {
  if (ratios.empty()) return;
  fmt::print("\n{:<50}", "ratio: median (least..most)");
  for (const char* mode : column::modes)
    fmt::print("{:<22}", mode);
  const std::string* line = nullptr;
  for (const ratio& r : ratios) {
    if (line == nullptr || *line != r.name) fmt::print("\n{:<50}", r.name);
    line = &r.name;
    fmt::print("{:<22}", spread(r.samples));
  }
  fmt::print("\n");
}

void print_figures(const results& r) {
  fmt::print("\n{:<28}{:<12}{:>10}  {:<20}{}\n", "figure", "", "median", "least..most", "unit");
  const std::string* group = nullptr;
  for (const series& s : r.all()) {
    const bool same = group != nullptr && *group == s.figure;
    group = &s.figure;
    const summary of{s.samples};
    fmt::print("{:<28}{:<12}{:>10}  {:<20}{}\n", same ? "" : s.figure, s.column, number(of.median),
               number(of.min) + ".." + number(of.max), s.unit);
  }
}

}  // namespace v4v::bench
