#pragma once

#include <list>
#include <optional>
#include <string>
#include <vector>

#include "measure/measurement.hpp"

namespace v4v::bench {

/// The samples of one subject, one for each repetition.
struct series {
  subject of;
  std::vector<double> samples;
  /// Where each round was timed: the microseconds of every one, of all repetitions.
  std::vector<float> each;
};

/// All series, in the order in which they were added.
class results {
 public:
  void add(const subject& of, double sample, const std::vector<float>& each = {});

  /// Null if it was not measured.
  [[nodiscard]] const series* find(const std::string& suite, const std::string& figure,
                                   const std::optional<place>& at, const std::string& column) const;

  [[nodiscard]] const std::list<series>& all() const { return all_; }

 private:
  std::list<series> all_;
};

}  // namespace v4v::bench
