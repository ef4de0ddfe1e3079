#include "report/document.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include <fmt/core.h>

#include "report/checked_json.hpp"

namespace v4v::bench::report {
namespace {

constexpr unsigned format_read = 1;

document::spread read_spread(const checked_json& json) {
  document::spread s{json["median"].number(), json["min"].number(), json["max"].number(), {}};
  if (s.least > s.median) json["min"].refuse("is more than the median");
  if (s.most < s.median) json["max"].refuse("is less than the median");
  for (const checked_json& sample : json["samples"].elements())
    s.samples.push_back(sample.number());
  return s;
}

std::optional<document::place> read_place(const checked_json& json) {
  const auto at = json.find("at");
  const auto of = json.find("of");
  if (!at && !of) return std::nullopt;
  return document::place{json["at"].not_negative(), json["of"].text()};
}

std::vector<document::percentile> read_percentiles(const checked_json& json) {
  std::vector<document::percentile> all;
  for (const auto& [key, value] : json.members()) {
    double percent = -1;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), percent);
    // The comparison so that a NaN, which from_chars reads, is none either.
    if (error != std::errc{} || end != key.data() + key.size() || !(percent >= 0 && percent <= 100))
      value.refuse("is no percentile: from 0 to 100");
    all.push_back({percent, value.number()});
  }
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.percent < b.percent; });
  return all;
}

std::vector<document::share> read_distribution(const checked_json& json) {
  std::vector<document::share> all;
  for (const checked_json& point : json.elements()) {
    const auto pair = point.elements();
    if (pair.size() != 2) point.refuse("is not a value and a share");
    const document::share read{pair[0].number(), pair[1].number()};
    if (read.share < 0 || read.share > 1) pair[1].refuse("is no share: from 0 to 1");
    if (!all.empty() && (read.value < all.back().value || read.share < all.back().share))
      point.refuse("is less than the point before");
    all.push_back(read);
  }
  return all;
}

document::figure read_figure(const checked_json& json) {
  document::figure f;
  f.suite = json["suite"].text();
  f.name = json["figure"].text();
  f.column = json["column"].text();
  f.unit = json["unit"].text();
  f.where = read_place(json);
  f.values = read_spread(json);
  if (const auto found = json.find("percentiles")) f.percentiles = read_percentiles(*found);
  if (const auto found = json.find("cdf")) f.distribution = read_distribution(*found);
  return f;
}

document::ratio read_ratio(const checked_json& json) {
  document::ratio r;
  r.suite = json["suite"].text();
  r.name = json["name"].text();
  r.column = json["column"].text();
  if (const auto wanted = json.find("wanted")) r.wanted = wanted->text();
  r.headline = json["headline"].flag();
  r.values = read_spread(json);
  return r;
}

document::conditions read_conditions(const checked_json& json) {
  document::conditions c;
  c.begun = json["begun"].text();
  c.processor = json["processor"].text();
  c.processors = json["processors"].count();
  c.emulated = json["emulated"].flag();
  c.governor = json["governor"].text();
  c.kernel = json["kernel"].text();
  c.compiler = json["compiler"].text();
  for (const auto& [of, is] : json["versions"].members())
    c.versions.push_back({of, is.text()});
  c.modes = json["modes"].texts();
  c.pinning = json["pinning"].text();
  c.effort = json["effort"].text();
  c.repetitions = json["repetitions"].count();
  c.milliseconds = json["milliseconds"].not_negative();
  // Negative where the machine does not tell.
  c.load = json["load"].number();
  c.others = json["others"].number();
  c.stolen = json["stolen"].number();
  c.complete = json["complete"].flag();
  c.warnings = json["warnings"].texts();
  return c;
}

}  // namespace

document read_document(const nlohmann::ordered_json& json) {
  const checked_json root(json);
  if (const auto program = root["program"].text(); program != "v4v-bench")
    root["program"].refuse(fmt::format("is \"{}\", and not \"v4v-bench\"", program));
  if (const auto format = root["format"].count(); format != format_read)
    root["format"].refuse(fmt::format("is {}, and this program reads {}", format, format_read));
  document d;
  d.measured = read_conditions(root["conditions"]);
  for (const checked_json& ratio : root["ratios"].elements())
    d.ratios.push_back(read_ratio(ratio));
  for (const checked_json& figure : root["figures"].elements())
    d.figures.push_back(read_figure(figure));
  return d;
}

}  // namespace v4v::bench::report
