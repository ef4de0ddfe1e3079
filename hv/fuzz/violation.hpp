#pragma once

#include <cstdio>
#include <cstdlib>

namespace v4v::hv::fuzz {

/// What the core did is not what the contract says.
[[noreturn]] inline void violation(const char* what, long long a = 0, long long b = 0) {
  std::fprintf(stderr, "VIOLATION: %s (%lld, %lld)\n", what, a, b);
  std::abort();
}

inline void require(bool holds, const char* what, long long a = 0, long long b = 0) {
  if (!holds) violation(what, a, b);
}

}  // namespace v4v::hv::fuzz
