#pragma once

#include <string>
#include <vector>

#include "report/document.hpp"
#include "report/palette.hpp"

namespace v4v::bench::report {

/// What is to be drawn: a script for gnuplot that names no terminal, and whose colours are
/// variables.
struct plot {
  std::string suite;  ///< Of which group it is, with name and unit; all empty for the ratios.
  std::string figure;
  std::string unit;
  std::string file;  ///< Without its ending: letters, digits and dashes.
  std::string title;
  int height = 0;  ///< In pixels; all are as wide as `plot_width`.
  std::string script;
};

constexpr int plot_width = 800;

/// Every plot that the document has something for, the headline ratios first.
std::vector<plot> plots_of(const document& d, const palette& colours);

}  // namespace v4v::bench::report
