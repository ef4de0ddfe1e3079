#pragma once

#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "measure/conditions.hpp"
#include "measure/ratios.hpp"
#include "measure/results.hpp"

namespace v4v::bench {

/// The file that --json names. It is opened before anything is measured, so that a path that cannot
/// be written is known at once. Throws std::system_error.
class json_file {
 public:
  explicit json_file(const std::string& path);

  /// `settings` are written beside the conditions: an object, the options that were chosen.
  void write(const conditions& c, const nlohmann::ordered_json& settings, const results& r,
             const std::vector<ratio>& ratios);

 private:
  std::string path_;
  std::ofstream out_;
};

}  // namespace v4v::bench
