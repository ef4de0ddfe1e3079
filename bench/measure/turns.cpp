#include "measure/turns.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <optional>
#include <stdexcept>

#include <fmt/core.h>

#include "measure/progress.hpp"
#include "measure/stopwatch.hpp"

namespace v4v::bench {
namespace {

constexpr std::size_t first_rounds = 4;
constexpr double most_growth = 32;  // from one trial to the next

/// A measurement in its turns.
class turn {
 public:
  turn(const measurement& m, const settings& s) : measurement_{m}, settings_{s} {}

  void take(results& r) {
    if (given_up_ || (measurement_.only_once && taken_)) return;
    const stopwatch time;
    if (!taken_) find_rounds();
    const outcome o = measurement_.run(rounds_);
    const double sample = measurement_.sample(o, rounds_);
    r.add(measurement_.of, sample, o.each);
    if (taken_) last_ = time.seconds();
    taken_ = true;
  }

  /// Of all later turns.
  void give_up() { given_up_ = true; }

  /// Seconds, as well as one knows.
  [[nodiscard]] double left(int repetitions) const {
    if (given_up_) return 0;
    const double usual = last_.value_or(1.2 * least());
    if (!taken_) return least() + (measurement_.only_once ? 1 : repetitions) * usual;
    return measurement_.only_once ? 0 : repetitions * usual;
  }

 private:
  [[nodiscard]] double least() const {
    return std::chrono::duration<double>{settings_.least}.count();
  }

  // Grows until what is measured lasts a good part of what is wanted, and then as much as the rest.
  void find_rounds() {
    if (measurement_.only_once) {
      rounds_ = 1;
      return;
    }
    if (settings_.rounds != 0) {
      rounds_ = std::min(settings_.rounds, measurement_.most_rounds);
      return;
    }
    measurement_.run(1);  // what is made once is made
    for (;;) {
      // The lesser of two: something else may have been in the way of one.
      const double seconds =
          std::min(measurement_.run(rounds_).seconds, measurement_.run(rounds_).seconds);
      const double growth = seconds > 0 ? least() / seconds : most_growth;
      const bool long_enough = growth < 4;
      rounds_ = more(std::min(growth, most_growth));
      if (long_enough || rounds_ == measurement_.most_rounds) return;
    }
  }

  [[nodiscard]] std::size_t more(double growth) const {
    const double wanted = std::ceil(static_cast<double>(rounds_) * growth);
    return std::clamp(static_cast<std::size_t>(wanted), std::size_t{1}, measurement_.most_rounds);
  }

  const measurement& measurement_;
  const settings& settings_;
  std::size_t rounds_ = first_rounds;
  bool taken_ = false;
  bool given_up_ = false;
  std::optional<double> last_;
};

}  // namespace

std::string name_of(const subject& s) {
  std::string name = s.suite + ", " + s.figure;
  if (s.at) name += fmt::format(" ({} {})", s.at->at, s.at->of);
  return name + ", " + s.column;
}

results take_turns(const plan& p, const std::function<bool()>& interrupted,
                   const std::function<void(const subject&, const std::exception_ptr&)>& failed) {
  const settings& s = p.of_run();
  std::vector<turn> turns;
  for (const measurement& m : p.all())
    turns.emplace_back(m, s);
  results r;
  progress shown;
  for (int repetition = 1; repetition <= s.repetitions; ++repetition) {
    for (std::size_t i = 0; i < turns.size(); ++i) {
      if (interrupted()) return r;
      double left = 0;
      for (std::size_t k = 0; k < turns.size(); ++k)
        left += turns[k].left(s.repetitions - repetition + (k >= i ? 1 : 0));
      const measurement& m = p.all()[i];
      shown.show(fmt::format("{:.0f} s left, turn {} of {}: {}", std::ceil(left), repetition,
                             s.repetitions, name_of(m.of)));
      try {
        turns[i].take(r);
      } catch (const std::exception&) {
        turns[i].give_up();
        failed(m.of, std::current_exception());
      }
    }
  }
  return r;
}

}  // namespace v4v::bench
