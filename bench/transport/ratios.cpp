#include "ratios.hpp"

#include "columns.hpp"
#include "options.hpp"

namespace v4v::bench {
namespace {

constexpr ratio_definition definitions[] = {
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

}  // namespace

std::vector<ratio> ratios_of(const results& r) { return ratios_of(r, definitions); }

}  // namespace v4v::bench
