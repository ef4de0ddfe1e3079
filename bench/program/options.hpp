#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "measure/settings.hpp"
#include "roles/role.hpp"

namespace v4v::bench {

/// What the program is to do, from its command line.
struct options : settings {
  std::vector<std::string> suites;  ///< Of which measurements are made, in the order of all.
  std::optional<roles::role> role;
  std::string command;     ///< The line itself.
  std::string json;        ///< Where all samples go; empty: nowhere.
  std::string plots;       ///< The folder for pictures and report; empty: none.
  std::string plotted;     ///< The file that is only to be drawn; empty: measure.
  bool untouched = false;  ///< Receivers of blobs do not look at them.

  [[nodiscard]] bool wants(const char* suite_name) const;
};

/// From the command line. When that is wrong, or asks for help, says so, and gives the status to
/// end the program with.
std::optional<int> parse(int argc, char** argv, options& o);

}  // namespace v4v::bench
