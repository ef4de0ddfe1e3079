#pragma once

#include <string>
#include <vector>

#include "report/document.hpp"
#include "report/palette.hpp"
#include "report/plot.hpp"

namespace v4v::bench::report {

/// A plot as SVG for a light and a dark page.
struct drawn_plot {
  plot what;
  std::string light;
  std::string dark;
};

/// The report: one HTML page that needs nothing else, neither files nor a network nor scripts.
std::string page_of(const document& d, const palette& colours,
                    const std::vector<drawn_plot>& plots);

}  // namespace v4v::bench::report
