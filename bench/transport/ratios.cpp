#include "ratios.hpp"

#include <algorithm>
#include <cstddef>

#include "columns.hpp"
#include "options.hpp"

namespace v4v::bench {
namespace {

// A figure in a column; without a name, in that of the mode.
struct operand {
  const char* figure;
  const char* column = nullptr;
};

struct definition {
  const char* name;
  operand dividend;
  operand divisor;
};

constexpr definition definitions[] = {
    {"round trip, 64 B: times faster than UNIX",
     {figure::round_trip, column::unix_socket},
     {figure::round_trip}},
    {"round trip, 4 KiB: times faster than UNIX",
     {figure::long_round_trip, column::unix_socket},
     {figure::long_round_trip}},
    {"messages of 64 B: times the rate of UNIX",
     {figure::messages},
     {figure::messages, column::unix_socket}},
    {"writes of 64 KiB: times the rate of UNIX",
     {figure::writes},
     {figure::writes, column::unix_socket}},
    {"  in rings of 4 MiB: times the rate of UNIX",
     {figure::writes_large_ring},
     {figure::writes, column::unix_socket}},
    {"  read as views: times the rate of UNIX",
     {figure::views},
     {figure::writes, column::unix_socket}},
    {"  read as views: share of memcpy in 64 MiB",
     {figure::views},
     {figure::memcpy_64m, column::floor}},
    {"  the same, in rings of 4 MiB",
     {figure::views_large_ring},
     {figure::memcpy_64m, column::floor}},
    {"round trip, 64 B: times that of a cache line",
     {figure::round_trip},
     {figure::cache_line, column::floor}},
    {"round trip, 64 B: times that of an eventfd",
     {figure::round_trip},
     {figure::eventfd, column::floor}},
    {"writes of 64 KiB: share of memcpy in L2",
     {figure::writes},
     {figure::memcpy_l2, column::floor}},
    {"writes of 64 KiB: share of memcpy in 64 MiB",
     {figure::writes},
     {figure::memcpy_64m, column::floor}},
    {"round trip, 64 B: beside idle connections, times",
     {figure::beside_idle},
     {figure::round_trip}},
};

const series* find(const results& r, const operand& o, const char* mode) {
  return r.find(o.figure, o.column == nullptr ? mode : o.column);
}

}  // namespace

std::vector<ratio> ratios_of(const results& r) {
  std::vector<ratio> all;
  for (const definition& d : definitions) {
    for (const char* mode : column::modes) {
      const series* const dividend = find(r, d.dividend, mode);
      const series* const divisor = find(r, d.divisor, mode);
      if (dividend == nullptr || divisor == nullptr) continue;
      ratio made{d.name, mode, {}};
      const auto n = std::min(dividend->samples.size(), divisor->samples.size());
      for (std::size_t i = 0; i < n; ++i)
        made.samples.push_back(dividend->samples[i] / divisor->samples[i]);
      all.push_back(std::move(made));
    }
  }
  return all;
}

}  // namespace v4v::bench
