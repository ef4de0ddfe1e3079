#include "measure/json.hpp"

#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>

#include "measure/samples.hpp"

namespace v4v::bench {
namespace {

using nlohmann::ordered_json;

ordered_json with_samples(ordered_json entry, const std::vector<double>& samples) {
  const summary s{samples};
  entry["median"] = s.median;
  entry["min"] = s.min;
  entry["max"] = s.max;
  entry["samples"] = samples;
  return entry;
}

ordered_json entry_for(const ratio& x) {
  ordered_json entry{{"name", x.name}, {"column", x.column}};
  if (x.wanted != nullptr) entry["wanted"] = x.wanted;
  return with_samples(std::move(entry), x.samples);
}

ordered_json entry_for(const series& s) {
  auto entry =
      with_samples({{"name", s.figure}, {"column", s.column}, {"unit", s.unit}}, s.samples);
  if (!s.singles.empty()) entry["singles"] = s.singles;
  return entry;
}

}  // namespace

json_file::json_file(const std::string& path) : path_(path), out_(path) {
  if (!out_) throw std::system_error(errno, std::generic_category(), path_);
}

void json_file::write(const conditions& c, const ordered_json& settings, const results& r,
                      const std::vector<ratio>& ratios) {
  ordered_json all;
  all["conditions"] = {{"processor", c.processor},   {"emulated", is_emulated(c)},
                       {"processors", c.processors}, {"kernel", c.kernel},
                       {"compiler", c.compiler},     {"load", c.load}};
  all["conditions"].update(settings);
  all["ratios"] = ordered_json::array();
  for (const ratio& x : ratios)
    all["ratios"].push_back(entry_for(x));
  all["figures"] = ordered_json::array();
  for (const series& s : r.all())
    all["figures"].push_back(entry_for(s));
  out_ << all.dump(2) << '\n';
  out_.close();
  if (!out_) throw std::system_error(errno, std::generic_category(), path_);
}

}  // namespace v4v::bench
