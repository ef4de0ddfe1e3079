#include "measure/tables.hpp"

#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "measure/columns.hpp"
#include "measure/samples.hpp"

namespace v4v::bench {
namespace {

// Three digits that matter.
std::string number(double value) {
  const int digits = value < 0.01 ? 5 : value < 0.1 ? 4 : value < 1 ? 3 : value < 10 ? 2 : 1;
  return fmt::format("{:.{}f}", value, value < 100 ? digits : 0);
}

std::string spread(const std::vector<double>& samples) {
  const summary s{samples};
  return fmt::format("{} ({}..{})", number(s.median), number(s.min), number(s.max));
}

// 64, 4 KiB: as people say it.
std::string words(const place& p) {
  if (std::string_view{p.of} != "B") return fmt::format("{} {}", p.at, p.of);
  double at = p.at;
  const char* unit = "B";
  for (const char* larger : {"KiB", "MiB"}) {
    if (at < 1024) break;
    at /= 1024;
    unit = larger;
  }
  return fmt::format("{} {}", at, unit);
}

void print(const std::vector<ratio>& ratios, bool headlines) {
  const ratio_definition* line = nullptr;
  for (const ratio& r : ratios) {
    if (r.definition->headline != headlines) continue;
    const bool same = line == r.definition;
    line = r.definition;
    fmt::print("{:<66}{:<14}{:<24}{}\n", same ? "" : line->name, r.column, spread(r.samples),
               same || line->wanted == nullptr ? "" : line->wanted);
  }
}

// What belongs to one figure at one place, in the order in which it was first measured.
std::vector<std::vector<const series*>> by_figure(const results& r) {
  std::vector<std::vector<const series*>> groups;
  std::map<std::pair<std::string, std::string>, std::size_t> known;
  for (const series& s : r.all()) {
    const auto [at, is_new] = known.try_emplace(
        {s.of.suite + '/' + s.of.figure, s.of.at ? words(*s.of.at) : ""}, groups.size());
    if (is_new) groups.emplace_back();
    groups[at->second].push_back(&s);
  }
  return groups;
}

std::string tail(const series& s) {
  if (s.each.size() < 1000) return {};
  return fmt::format("   p99 {}, p99.9 {}", number(static_cast<double>(percentile(s.each, 99))),
                     number(static_cast<double>(percentile(s.each, 99.9))));
}

void print(const results& r) {
  const std::string* suite = nullptr;
  for (const auto& group : by_figure(r)) {
    const subject& first = group.front()->of;
    if (suite == nullptr || *suite != first.suite)
      fmt::print("\n{:<58}{:<28}{}\n", first.suite, "", "median (least..most)");
    suite = &first.suite;
    bool same = false;
    for (const series* s : group) {
      std::string name = same ? "" : first.figure;
      if (!same && first.at) name.append(", ").append(words(*first.at));
      fmt::print("  {:<56}{:<28}{:<24}{}{}\n", name, s->of.column, spread(s->samples), s->of.unit,
                 tail(*s));
      same = true;
    }
  }
}

}  // namespace

void print_conditions(const record& r) {
  fmt::print("{}, {} processors, governor {}, {}, {}, load {:.2f}\n", r.where.processor,
             r.where.processors, r.where.governor, r.where.kernel, r.where.compiler, r.where.load);
  std::vector<std::string> versions;
  for (const auto& [name, version] : r.versions)
    versions.push_back(fmt::format("{} {}", name, version));
  fmt::print("{}\n", fmt::join(versions, ", "));
  const std::string lasts = r.how.rounds != 0 ? fmt::format("{} rounds", r.how.rounds)
                                              : fmt::format("{} ms", r.how.least.count());
  fmt::print("{}: {} turns of {} for each measurement; pinning: {}\n",
             r.how.full ? "full" : "quick", r.how.repetitions, lasts, r.pinning);
  std::fflush(stdout);
}

void print_results(const record& r) {
  if (!r.ratios.empty()) {
    fmt::print("\n{:<80}{:<24}{}\n", "ratios, each of one turn", "median (least..most)", "wanted");
    print(r.ratios, true);
    fmt::print("\n");
    print(r.ratios, false);
  }
  print(r.measured);
  for (const std::string& warning : warnings(r))
    fmt::print("\nWarning: {}\n", warning);
}

}  // namespace v4v::bench
