#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
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

constexpr std::size_t whole = 1'000'000;

// The shares at which a distribution is given, in millionths: ever closer towards the end, which is
// what matters.
std::vector<std::size_t> shares() {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < 90; ++i)
    all.push_back(i * whole / 100);
  for (std::size_t left = whole / 10; left != 0; left -= left / 5 + 1)
    all.push_back(whole - left);
  return all;
}

// Where the value is that this share lies below, if there is one above it.
std::optional<std::size_t> place_of(std::size_t share, std::size_t size) {
  const std::size_t below = share * size / whole;
  return below < size ? std::optional{below} : std::nullopt;
}

ordered_json distribution(const std::vector<float>& sorted) {
  auto points = ordered_json::array();
  const auto add = [&](std::size_t at, double share) {
    points.push_back({rounded(static_cast<double>(sorted[at])), share});
  };
  for (const std::size_t share : shares()) {
    if ((whole - share) * sorted.size() < whole) break;  // none lies above
    if (const auto at = place_of(share, sorted.size()))
      add(*at, static_cast<double>(share) / static_cast<double>(whole));
  }
  add(sorted.size() - 1, 1);
  return points;
}

ordered_json percentiles(const std::vector<float>& sorted) {
  constexpr std::pair<const char*, std::size_t> wanted[] = {
      {"50", 500'000}, {"90", 900'000}, {"99", 990'000}, {"99.9", 999'000}, {"99.99", 999'900}};
  ordered_json all;
  for (const auto& [name, share] : wanted) {
    if ((whole - share) * sorted.size() < whole) continue;
    if (const auto at = place_of(share, sorted.size()))
      all[name] = rounded(static_cast<double>(sorted[*at]));
  }
  all["100"] = rounded(static_cast<double>(sorted.back()));
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
          {"command", r.command},
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
