#include "json.hpp"

#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>

#include "samples.hpp"

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

}  // namespace

json_file::json_file(const std::string& path) : path_(path), out_(path) {
  if (!out_) throw std::system_error(errno, std::generic_category(), path_);
}

void json_file::write(const conditions& c, const options& o, const results& r,
                      const std::vector<ratio>& ratios) {
  ordered_json all;
  all["conditions"] = {{"processor", c.processor},
                       {"processors", c.processors},
                       {"kernel", c.kernel},
                       {"compiler", c.compiler},
                       {"load", c.load},
                       {"pinned", o.pin},
                       {"rounds", o.rounds},
                       {"repetitions", o.repetitions},
                       {"idle_connections", o.idle_connections},
                       {"idle_seconds", o.idle_seconds}};
  all["ratios"] = ordered_json::array();
  for (const ratio& x : ratios)
    all["ratios"].push_back(with_samples({{"name", x.name}, {"column", x.column}}, x.samples));
  all["figures"] = ordered_json::array();
  for (const series& s : r.all())
    all["figures"].push_back(
        with_samples({{"name", s.figure}, {"column", s.column}, {"unit", s.unit}}, s.samples));
  out_ << all.dump(2) << '\n';
  out_.close();
  if (!out_) throw std::system_error(errno, std::generic_category(), path_);
}

}  // namespace v4v::bench
