#pragma once

#include <optional>

#include "measure/options.hpp"
#include "roles/role.hpp"

namespace v4v::bench {

/// What is measured. The names are those of --only and of the JSON.
namespace figure {
inline constexpr const char* round_trip = "round-trip-64";
inline constexpr const char* round_trip_1k = "round-trip-1k";  // with --connect
inline constexpr const char* long_round_trip = "round-trip-4k";
inline constexpr const char* round_trip_64k = "round-trip-64k";  // with --connect
inline constexpr const char* messages = "messages-64";
inline constexpr const char* writes = "writes-64k";
inline constexpr const char* writes_large_ring = "writes-64k-large-rings";
inline constexpr const char* views = "views-64k";
inline constexpr const char* views_large_ring = "views-64k-large-rings";
inline constexpr const char* beside_idle = "round-trip-64-beside-idle";
inline constexpr const char* idle_cpu = "idle-cpu";
inline constexpr const char* cache_line = "floor-cache-line";
inline constexpr const char* eventfd = "floor-eventfd";
inline constexpr const char* memcpy_l2 = "floor-memcpy-l2";
inline constexpr const char* memcpy_64m = "floor-memcpy-64m";
}  // namespace figure

struct options : measure_options {
  std::optional<roles::role> role;
  int rounds = 2000;  // round trips in one measurement; how much is sent in others follows from it
  int idle_connections = 1000;
  double idle_seconds = 3;
};

/// From the command line. When that is wrong, or asks for help, says so, and gives the status to
/// end the program with.
std::optional<int> parse(int argc, char** argv, options& o);

}  // namespace v4v::bench
