#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "measure/record.hpp"
#include "measure/samples.hpp"

namespace v4v::bench {
namespace {

using nlohmann::ordered_json;

constexpr int format = 1;

// Microseconds to the nanosecond: what a float has more than that is noise.
double rounded(double microseconds) { return std::round(microseconds * 1e3) / 1e3; }

ordered_json with_samples(ordered_json entry, const std::vector<double>& samples) {
  const summary s{samples};
  entry["median"] = s.median;
  entry["min"] = s.min;
  entry["max"] = s.max;
  entry["samples"] = samples;
  return entry;
}

// The shares at which a distribution is given: ever closer towards the end, which is what matters.
std::vector<double> shares() {
  std::vector<double> all;
  for (int i = 0; i < 90; ++i)
    all.push_back(i / 100.0);
  for (double left = 0.1; left > 1.5e-6; left *= 0.8)
    all.push_back(1 - left);
  return all;
}

ordered_json distribution(const std::vector<float>& sorted) {
  auto points = ordered_json::array();
  const auto add = [&](std::size_t at, double share) {
    points.push_back({rounded(static_cast<double>(sorted[at])), share});
  };
  const auto n = static_cast<double>(sorted.size());
  for (const double share : shares()) {
    if ((1 - share) * n < 1) break;
    add(static_cast<std::size_t>(share * n), share);
  }
  add(sorted.size() - 1, 1);
  return points;
}

ordered_json percentiles(const std::vector<float>& sorted) {
  ordered_json all;
  const auto n = static_cast<double>(sorted.size());
  for (const char* percent : {"50", "90", "99", "99.9", "99.99", "100"}) {
    const double share = std::stod(percent) / 100;
    if (share < 1 && (1 - share) * n < 1) continue;
    const auto at = std::min(static_cast<std::size_t>(share * n), sorted.size() - 1);
    all[percent] = rounded(static_cast<double>(sorted[at]));
  }
  return all;
}

ordered_json entry_for(const ratio& r) {
  ordered_json entry{{"suite", r.definition->suite},
                     {"name", r.definition->name},
                     {"column", r.column},
                     {"headline", r.definition->headline}};
  if (r.definition->wanted != nullptr) entry["wanted"] = r.definition->wanted;
  return with_samples(std::move(entry), r.samples);
}

ordered_json entry_for(const series& s) {
  ordered_json entry{{"suite", s.of.suite}, {"figure", s.of.figure}};
  if (s.of.at) {
    entry["at"] = s.of.at->at;
    entry["of"] = s.of.at->of;
  }
  entry["column"] = s.of.column;
  entry["unit"] = s.of.unit;
  entry = with_samples(std::move(entry), s.samples);
  if (!s.each.empty()) {
    auto sorted = s.each;
    std::sort(sorted.begin(), sorted.end());
    entry["percentiles"] = percentiles(sorted);
    entry["cdf"] = distribution(sorted);
  }
  return entry;
}

// Of the columns.
std::vector<std::string> mode_names(const settings& s) {
  std::vector<std::string> names;
  for (const std::string& column : s.modes)
    names.push_back(column.substr(column.find(' ') + 1));
  return names;
}

ordered_json conditions_of(const record& r) {
  return {{"begun", r.begun},
          {"processor", r.where.processor},
          {"processors", r.where.processors},
          {"emulated", is_emulated(r.where)},
          {"governor", r.where.governor},
          {"kernel", r.where.kernel},
          {"compiler", r.where.compiler},
          {"versions", r.versions},
          {"modes", mode_names(r.how)},
          {"pinning", r.pinning},
          {"effort", r.how.full ? "full" : "quick"},
          {"repetitions", r.how.repetitions},
          {"milliseconds", r.how.least.count()},
          {"rounds", r.how.rounds},
          {"load", r.where.load},
          {"others", r.busy.used},
          {"stolen", r.busy.stolen},
          {"complete", r.complete},
          {"warnings", warnings(r)}};
}

}  // namespace

ordered_json json_of(const record& r) {
  ordered_json all{{"program", "v4v-bench"}, {"format", format}};
  all["conditions"] = conditions_of(r);
  all["ratios"] = ordered_json::array();
  for (const ratio& each : r.ratios)
    all["ratios"].push_back(entry_for(each));
  all["figures"] = ordered_json::array();
  for (const series& each : r.measured.all())
    all["figures"].push_back(entry_for(each));
  return all;
}

}  // namespace v4v::bench
