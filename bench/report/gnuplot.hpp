#pragma once

#include <stdexcept>
#include <string>

namespace v4v::bench::report {

class gnuplot_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Runs gnuplot on `script`, which sets a terminal but no output, and gives the picture's bytes.
/// Throws gnuplot_error if it is not installed, or with `title` and its words if it fails.
std::string run_gnuplot(const std::string& title, const std::string& script);

}  // namespace v4v::bench::report
