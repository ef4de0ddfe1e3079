#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace v4v::bench {

/// Where on an axis a figure is.
struct place {
  double at = 0;
  const char* of = "";  ///< Of what: B, connections, threads...

  bool operator==(const place& other) const { return at == other.at; }
};

/// What is measured, and by what.
struct subject {
  std::string suite;
  std::string figure;
  std::optional<place> at;
  std::string column;
  std::string unit;
};

/// What some rounds took.
struct outcome {
  double seconds = 0;             ///< All of them.
  std::vector<float> each{};      ///< Microseconds of each, where each was timed.
  std::optional<double> value{};  ///< What is not a matter of time, in the subject's unit.
};

/// Something that takes any number of rounds, and what they come to.
struct measurement {
  subject of;
  /// Throws what goes wrong.
  std::function<outcome(std::size_t rounds)> run;
  /// The sample that so many rounds make, in the subject's unit.
  std::function<double(const outcome&, std::size_t rounds)> sample;
  std::size_t most_rounds = std::size_t{1} << 24;
  bool only_once = false;  ///< One round, in the first repetition: it is no matter of time.
};

/// The sample is the median of the rounds, each of which is timed; in us.
measurement timed_rounds(subject of, std::function<outcome(std::size_t)> run);

/// The sample is a rate: a round is so many units, of which there are so many a second.
measurement rate(subject of, double units_of_round, std::function<outcome(std::size_t)> run);

/// The sample is the time of a round, in ns or us as the subject says.
measurement cost(subject of, std::function<outcome(std::size_t)> run);

/// The sample is the outcome's value.
measurement value(subject of, std::function<outcome(std::size_t)> run);

}  // namespace v4v::bench
