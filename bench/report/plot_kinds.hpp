#pragma once

#include <vector>

#include "report/groups.hpp"
#include "report/plot.hpp"

namespace v4v::bench::report {

/// What every kind of plot is made of.
struct canvas {
  const document& source;
  const palette& colours;
  std::string caption;
};

/// The headline ratios as bars; `all` are not empty.
plot ratios_plot(const canvas& c, const std::vector<const document::ratio*>& all);

/// How the rounds of those figures are distributed, which are at one place, and each has a
/// distribution that is not of zeros alone.
plot distribution_plot(const canvas& c, const group& g,
                       const std::vector<const document::figure*>& all);

/// A group against its places, of which there are two at least.
plot lines_plot(const canvas& c, const group& g);

/// A group's columns side by side, at its only place.
plot bars_plot(const canvas& c, const group& g);

}  // namespace v4v::bench::report
