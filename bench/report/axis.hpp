#pragma once

#include <span>
#include <string>
#include <vector>

namespace v4v::bench::report {

struct tick {
  double at = 0;
  std::string label;
};

/// From where to where an axis goes, and what is written along it.
struct axis {
  double low = 0;
  double high = 1;
  bool logarithmic = false;
  std::vector<tick> ticks;
};

/// From 0 to a round number that is not less than `most`.
axis linear_axis(double most);

/// Between round numbers around them. 0 < least <= most.
axis logarithmic_axis(double least, double most);

/// Logarithmic if values on a linear one could not be told from 0, and none is 0.
axis fitting_axis(std::span<const double> values);

/// Where a size or a number is on an axis by powers of two, which has 0 one step below the least
/// that is more: both a notify of no entries and one of 64 can be shown.
class doubling_axis {
 public:
  explicit doubling_axis(std::span<const double> places);  ///< At least one.
  double position(double place) const;
  axis with_labels(std::span<const std::string> labels, double room) const;

 private:
  std::vector<double> places_;
  double least_ = 1;  ///< Above 0.
};

/// Shares with 90 %, 99 %, 99.9 % equally far apart.
class tail_axis {
 public:
  /// `shares` less than 1 decide how far it goes.
  explicit tail_axis(std::span<const double> shares);
  double position(double share) const;
  axis ticks() const;

 private:
  double last_ = 1;  ///< The last whole step; 100 % is a bit further.
};

}  // namespace v4v::bench::report
