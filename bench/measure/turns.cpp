#include "measure/turns.hpp"

#include <fmt/core.h>

#include "measure/columns.hpp"
#include "measure/progress.hpp"
#include "measure/samples.hpp"

namespace v4v::bench {

results take_turns(const std::vector<step>& steps, int repetitions) {
  results r;
  progress shown;
  for (int i = 0; i < repetitions; ++i) {
    for (const step& s : steps) {
      if (s.only_once && i != 0) continue;
      shown.show(
          fmt::format("repetition {} of {}: {}, {}", i + 1, repetitions, s.figure, s.column));
      s.measure(r);
    }
  }
  return r;
}

// Two threads on a processor each need less than a microsecond for a cache line's round trip, on
// one processor a turn of the scheduler.
void warn_of_shared_processor(const results& r, const std::string& figure) {
  const series* const line = r.find(figure, column::floor);
  if (line == nullptr || summary{line->samples}.max < 10) return;
  fmt::print(
      "\nThe two threads shared a processor at least once. Is the machine busy? Try --pin.\n");
}

}  // namespace v4v::bench
