#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace v4v::bench {

/// The options that every benchmark has.
struct measure_options {
  int repetitions = 5;
  bool pin = false;
  std::vector<std::string> only;
  std::string json;

  [[nodiscard]] bool wants(const std::string& name) const;

  /// `names` are what --only takes. The object must live until the application has parsed.
  void add_to(CLI::App& app, const std::vector<std::string>& names);
};

/// From the command line. When that is wrong, or asks for help, says so, and gives the status to
/// end the program with.
std::optional<int> parse(CLI::App& app, int argc, char** argv);

}  // namespace v4v::bench
