#pragma once

#include <string>

#include "report/palette.hpp"
#include "report/plot.hpp"

namespace v4v::bench::report {

/// The colours of everything that is no column.
struct theme {
  const char* paper;
  const char* ink;
  const char* muted;
  const char* grid;
  bool dark;
};

constexpr theme light_theme{"#ffffff", "#1f2328", "#59636e", "#e4e7eb", false};
constexpr theme dark_theme{"#161a20", "#e6e9ee", "#a0a8b3", "#2c333c", true};

/// The bytes of a file, on light ground; twice as many pixels as it is wide, for fine screens.
std::string draw_png(const plot& p, const palette& colours);
std::string draw_svg(const plot& p, const palette& colours, const theme& t);

}  // namespace v4v::bench::report
