#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "measure/machine.hpp"
#include "measure/others.hpp"
#include "measure/ratios.hpp"
#include "measure/results.hpp"
#include "measure/settings.hpp"

namespace v4v::bench {

/// A run: what was measured, and everything that one has to know to believe it.
struct record {
  std::string begun;  ///< When, in UTC, as ISO 8601 has it.
  machine where;
  std::map<std::string, std::string> versions;  ///< Of this and of what it is compared with.
  settings how;
  std::string pinning;  ///< To which processors, or "none".
  results measured;
  std::vector<ratio> ratios;
  std::vector<std::string> failures;  ///< Measurements that could not be made, and why.
  std::string command;                ///< The line that it was started by.
  others::share busy;                 ///< What others took meanwhile.
  bool complete = true;               ///< Not interrupted.
};

/// The time now, as a record has it.
std::string utc_now();

/// Why not to trust it: sentences, none if there is no reason.
std::vector<std::string> warnings(const record& r);

/// The same for scripts: conditions, ratios, and figures with all samples. Of rounds that were
/// each timed it has percentiles and the distribution, in at most some 200 points.
nlohmann::ordered_json json_of(const record& r);

}  // namespace v4v::bench
