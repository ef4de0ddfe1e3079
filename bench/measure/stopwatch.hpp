#pragma once

#include <chrono>
#include <ratio>

namespace v4v::bench {

/// Runs from when it is made.
class stopwatch {
 public:
  [[nodiscard]] double seconds() const { return since<std::ratio<1>>(); }
  [[nodiscard]] float microseconds() const { return static_cast<float>(since<std::micro>()); }

 private:
  using clock = std::chrono::steady_clock;

  template <class Unit>
  [[nodiscard]] double since() const {
    return std::chrono::duration<double, Unit>(clock::now() - start_).count();
  }

  clock::time_point start_ = clock::now();
};

}  // namespace v4v::bench
