#include "measure/measurement.hpp"

#include <stdexcept>
#include <utility>

#include "measure/samples.hpp"

namespace v4v::bench {
namespace {

double seconds_of_a_round(const outcome& o, std::size_t rounds) {
  return o.seconds / static_cast<double>(rounds);
}

double units_of_a_second(const std::string& unit) {
  if (unit == "ns") return 1e9;
  if (unit == "us") return 1e6;
  throw std::logic_error("a cost is in ns or us, and not in " + unit);
}

}  // namespace

measurement timed_rounds(subject of, std::function<outcome(std::size_t)> run) {
  return {std::move(of), std::move(run),
          [](const outcome& o, std::size_t) { return static_cast<double>(median(o.each)); }};
}

measurement rate(subject of, double units_of_round, std::function<outcome(std::size_t)> run) {
  return {std::move(of), std::move(run), [=](const outcome& o, std::size_t rounds) {
            return units_of_round / seconds_of_a_round(o, rounds);
          }};
}

measurement cost(subject of, std::function<outcome(std::size_t)> run) {
  const double units = units_of_a_second(of.unit);
  return {std::move(of), std::move(run), [=](const outcome& o, std::size_t rounds) {
            return units * seconds_of_a_round(o, rounds);
          }};
}

measurement value(subject of, std::function<outcome(std::size_t)> run) {
  measurement m{std::move(of), std::move(run),
                [](const outcome& o, std::size_t) { return o.value.value(); }};
  m.only_once = true;
  return m;
}

}  // namespace v4v::bench
