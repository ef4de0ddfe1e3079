#pragma once

#include <chrono>
#include <cstddef>

namespace v4v::bench {

class stopwatch {
 public:
  [[nodiscard]] double microseconds() const { return since<std::micro>(); }

  /// How many a second, if there were `count` since the start.
  [[nodiscard]] double rate(std::size_t count) const {
    return static_cast<double>(count) / since<std::ratio<1>>();
  }

 private:
  using clock = std::chrono::steady_clock;

  template <class Unit>
  [[nodiscard]] double since() const {
    return std::chrono::duration<double, Unit>(clock::now() - start_).count();
  }

  clock::time_point start_ = clock::now();
};

}  // namespace v4v::bench
