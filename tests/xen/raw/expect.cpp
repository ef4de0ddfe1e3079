#include "expect.hpp"

#include <fmt/format.h>

#include <cstring>

namespace v4v::raw {

std::string result_name(long result) {
  const char* const name = result < 0 ? ::strerrorname_np(static_cast<int>(-result)) : nullptr;
  return name != nullptr ? name : std::to_string(result);
}

std::optional<long> result_called(std::string_view name) {
  for (int number = 1; number < 256; ++number) {
    const char* const known = ::strerrorname_np(number);
    if (known != nullptr && name == known) return -number;
  }
  return std::nullopt;
}

void require(long got, long wanted, std::string_view what) {
  if (got != wanted)
    throw unexpected(fmt::format("{}: the result is {} instead of {}", what, result_name(got),
                                 result_name(wanted)));
}

void require(bool holds, std::string_view what) {
  if (!holds) throw unexpected(fmt::format("{}: it is not so", what));
}

void expect(long got, long wanted, std::string_view what) {
  require(got, wanted, what);
  if (wanted < 0) {
    fmt::print("ok: {}: {}\n", what, result_name(wanted));
  } else {
    fmt::print("ok: {}\n", what);
  }
}

void expect(bool holds, std::string_view what) {
  require(holds, what);
  fmt::print("ok: {}\n", what);
}

}  // namespace v4v::raw
