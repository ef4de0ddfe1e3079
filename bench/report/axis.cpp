#include "report/axis.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "report/wording.hpp"

namespace v4v::bench::report {
namespace {

constexpr std::array steps{1.0, 2.0, 5.0};

double round_below(double value) {
  const double decade = std::pow(10, std::floor(std::log10(value)));
  double below = decade;
  for (const double step : steps)
    if (step * decade <= value) below = step * decade;
  return below;
}

double round_above(double value) {
  const double below = round_below(value);
  if (below >= value) return below;
  const double decade = std::pow(10, std::floor(std::log10(value)));
  for (const double step : steps)
    if (step * decade >= value) return step * decade;
  return 10 * decade;
}

}  // namespace

axis linear_axis(double most) {
  constexpr double wanted_ticks = 5;
  const double step = most > 0 ? round_above(most / wanted_ticks) : 1;
  axis made{0, step * std::max(1.0, std::ceil(most / step)), false, {}};
  for (double i = 0; i * step <= made.high * 1.0001; ++i)
    made.ticks.push_back({i * step, tick_text(i * step)});
  return made;
}

axis logarithmic_axis(double least, double most) {
  axis made{round_below(least), round_above(most), true, {}};
  if (made.high <= made.low) made.high = round_above(made.low * 1.5);
  const double decades = std::log10(made.high / made.low);
  // A label for each step, each decade, or each few of them.
  const bool all_steps = decades <= 4.2;
  const double stride = std::max(1.0, std::ceil(decades / 8));
  const double first = std::floor(std::log10(made.low));
  for (double i = 0; i <= decades + 1; i += all_steps ? 1 : stride)
    for (const double step : steps) {
      const double at = step * std::pow(10, first + i);
      if ((step == 1 || all_steps) && at >= made.low * 0.999 && at <= made.high * 1.001)
        made.ticks.push_back({at, tick_text(at)});
    }
  return made;
}

axis fitting_axis(std::span<const double> values) {
  if (values.empty()) return linear_axis(1);
  constexpr double too_far_apart = 40;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return *least > 0 && *most / *least > too_far_apart ? logarithmic_axis(*least, *most)
                                                      : linear_axis(*most);
}

doubling_axis::doubling_axis(std::span<const double> places)
    : places_(places.begin(), places.end()) {
  std::sort(places_.begin(), places_.end());
  const auto above = std::upper_bound(places_.begin(), places_.end(), 0.0);
  if (above != places_.end()) least_ = *above;
}

double doubling_axis::position(double place) const {
  return place > 0 ? std::log2(place) : std::log2(least_) - 1;
}

axis doubling_axis::with_labels(std::span<const std::string> labels, double room) const {
  axis made{position(places_.front()), position(places_.back()), false, {}};
  const double margin = std::max(0.02 * (made.high - made.low), 0.05);
  made.low -= margin;
  made.high += margin;
  double free_from = made.low;
  for (std::size_t i = 0; i < places_.size() && i < labels.size(); ++i) {
    const double at = position(places_[i]);
    // A mark for each, and a name where it does not lie on the one before.
    const bool has_room = at >= free_from;
    made.ticks.push_back({at, has_room ? labels[i] : ""});
    if (has_room) free_from = at + room * (made.high - made.low);
  }
  return made;
}

tail_axis::tail_axis(std::span<const double> shares) {
  constexpr double most_steps = 7;
  for (const double share : shares)
    if (share < 1) last_ = std::max(last_, std::ceil(-std::log10(1 - share) - 0.05));
  last_ = std::min(last_, most_steps);
}

double tail_axis::position(double share) const {
  const double end = last_ + 0.5;
  return share < 1 ? std::min(-std::log10(1 - share), end) : end;
}

axis tail_axis::ticks() const {
  axis made{0, last_ + 0.5, false, {{0, "0 %"}, {position(0.5), "50 %"}}};
  for (double i = 1; i <= last_; ++i)
    made.ticks.push_back({i, percent_text(100 - 100 * std::pow(10, -i)) + " %"});
  made.ticks.push_back({made.high, "100 %"});
  return made;
}

}  // namespace v4v::bench::report
