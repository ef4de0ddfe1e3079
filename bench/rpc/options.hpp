#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "measure/options.hpp"
#include "payload.hpp"
#include "roles/role.hpp"

namespace v4v::bench {

/// What is measured. The names are those of --only and of the JSON.
namespace figure {
inline constexpr const char* null_call = "null-call";
inline constexpr const char* null_call_p99 = "null-call-p99";  // comes with null-call
inline constexpr const char* pipelined = "pipelined-64";
inline constexpr const char* reads[] = {"read-64k", "read-256k", "read-1m", "read-8m"};
inline constexpr const char* writes[] = {"write-64k", "write-256k", "write-1m", "write-8m"};
inline constexpr const char* push = "push-64k";
inline constexpr const char* cache_line = "floor-cache-line";
inline constexpr const char* memcpy_64m = "floor-memcpy-64m";
}  // namespace figure

/// Of figure::reads and figure::writes.
inline constexpr std::size_t blob_sizes[] = {64 << 10, 256 << 10, 1 << 20, 8 << 20};
inline constexpr int calls_in_flight = 64;

struct options : measure_options {
  std::optional<roles::role> role;
  int rounds = 2000;  // null calls in one measurement; of pipelined ones 16 times as many
  std::size_t mebibytes = 128;
  std::size_t ring_size = 256 * 1024;
  bool touch = false;

  [[nodiscard]] on_receipt received() const {
    return touch ? on_receipt::touch : on_receipt::nothing;
  }
};

/// From the command line. When that is wrong, or asks for help, says so, and gives the status to
/// end the program with.
std::optional<int> parse(int argc, char** argv, options& o);

}  // namespace v4v::bench
