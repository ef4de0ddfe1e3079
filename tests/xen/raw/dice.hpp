#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>

namespace v4v::raw {

/// Random choices, the same ones for a seed.
class dice {
 public:
  explicit dice(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t number() { return engine_(); }
  /// One of 0 ... n - 1; n > 0.
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

  template <class T, std::size_t N>
  const T& pick(const T (&from)[N]) {
    return from[below(N)];
  }
  template <class T>
  T& pick(std::span<T> from) {
    return from[below(from.size())];
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace v4v::raw
