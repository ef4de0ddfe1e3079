#include "far_suites.hpp"

#include "measure/columns.hpp"

namespace v4v::bench {
namespace {

constexpr std::size_t longest = 1 << 20;  // that a far_service sends back

}  // namespace

void plan_far_latency(plan& p, far_stream& to_service) {
  for (const std::size_t size : p.sizes({64, 1024, 65536}, {64, 1024, 65536}, longest)) {
    p.add(timed_rounds(
        {"latency", "round trip", place{static_cast<double>(size), "B"}, column::adaptive, "us"},
        [=, &to_service](std::size_t n) { return to_service.round_trips(size, n); }));
  }
}

void plan_far_throughput(plan& p, far_stream& to_service) {
  constexpr double mebibyte = 1 << 20;
  for (const std::size_t size : p.sizes({64 << 10}, {4 << 10, 64 << 10, 1 << 20}, longest)) {
    const auto bytes = static_cast<double>(size);
    p.add(rate({"throughput", "writes", place{bytes, "B"}, column::adaptive, "MiB/s"},
               bytes / mebibyte,
               [=, &to_service](std::size_t n) { return to_service.writes(size, n); }));
  }
}

}  // namespace v4v::bench
