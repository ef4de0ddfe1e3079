#pragma once

#include <functional>

#include "measure/plan.hpp"
#include "measure/stopwatch.hpp"

namespace v4v::hv::bench {

// A file for each kind of question; together they are the suite.

using v4v::bench::outcome;
using v4v::bench::place;
using v4v::bench::plan;

/// What `f` takes, so many times.
template <class F>
outcome repeat(std::size_t rounds, F f) {
  const v4v::bench::stopwatch time;
  for (; rounds != 0; --rounds)
    f();
  return {time.seconds()};
}

/// Throws std::runtime_error that says `what` if not `so`.
void require(bool so, const char* what);

void plan_sends(plan& p);         ///< By size, beside memcpy; by vectors.
void plan_questions(plan& p);     ///< notify, by questions.
void plan_rules(plan& p);         ///< Behind rules that do not match.
void plan_parallel(plan& p);      ///< From one thread and from two.
void plan_registration(plan& p);  ///< What the locks' writers pay.

}  // namespace v4v::hv::bench
