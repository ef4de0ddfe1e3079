#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "conditions.hpp"
#include "options.hpp"
#include "ratios.hpp"
#include "results.hpp"

namespace v4v::bench {

/// The file that --json names. It is opened before anything is measured, so that a path that cannot
/// be written is known at once. Throws std::system_error.
class json_file {
 public:
  explicit json_file(const std::string& path);
  void write(const conditions& c, const options& o, const results& r,
             const std::vector<ratio>& ratios);

 private:
  std::string path_;
  std::ofstream out_;
};

}  // namespace v4v::bench
