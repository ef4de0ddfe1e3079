#pragma once

#include <functional>
#include <string>
#include <vector>

#include "measure/results.hpp"

namespace v4v::bench {

/// One measurement: what goes into which figure and column.
struct step {
  std::string figure;
  std::string column;
  std::function<void(results&)> measure;
  bool only_once = false;  ///< Not in each repetition: it takes long.
};

/// A step that gives one sample.
template <class Measure>
step sample_of(const std::string& figure, const std::string& column, const std::string& unit,
               Measure measure) {
  return {figure, column, [=](results& r) { r.add(figure, column, unit, measure()); }};
}

/// All steps, one after the other, so many times: in turn, so that a slow moment is one for all.
/// Says on the standard error how far it is.
results take_turns(const std::vector<step>& steps, int repetitions);

/// Says so on the standard output if the two threads of a measurement shared a processor, which a
/// cache line's round trip tells, if that was measured as `figure`.
void warn_of_shared_processor(const results& r, const std::string& figure);

}  // namespace v4v::bench
