#include "measure/floors.hpp"
#include "streams.hpp"
#include "suites.hpp"

namespace v4v::bench {
namespace {

constexpr double gibibyte = 1 << 30;
constexpr std::size_t large_ring = 4 << 20;
constexpr std::size_t least_for_large = 16 << 10;  // shorter writes do not fill any ring

/// The other side looks at the bytes where they lie.
outcome views(v4v_pair& p, std::size_t size, std::size_t count) {
  const stopwatch time;
  run_both(p, look_at(p.near(), size * count), give(p.far(), size, count));
  return {time.seconds()};
}

measurement rate_of(const char* figure, std::size_t size, const std::string& column,
                    std::function<outcome(std::size_t)> run) {
  const auto bytes = static_cast<double>(size);
  return rate({suite::throughput, figure, place{bytes, "B"}, column, "GiB/s"}, bytes / gibibyte,
              std::move(run));
}

}  // namespace

void plan_throughput(plan& p) {
  const auto sizes = p.sizes(
      {64, 4 << 10, 64 << 10, 1 << 20},
      {64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20}, 64 << 20);
  for_each_stream(p, [&](const std::string& column, auto pair) {
    for (const std::size_t size : sizes)
      p.add(rate_of("writes", size, column,
                    [=](std::size_t count) { return writes(pair(), size, count); }));
  });
  if (p.of_run().has_peer(beside::floors)) {
    for (const std::size_t size : sizes)
      p.add(rate_of("writes", size, column::memcpy,
                    [=](std::size_t count) { return copies(size, count); }));
    for (const std::size_t size : sizes)
      p.add(rate_of("writes", size, column::memcpy_in_cache,
                    [=](std::size_t count) { return copies_in_cache(size, count); }));
  }
  for_each_mode(p, large_ring, [&](const std::string& column, auto pair) {
    for (const std::size_t size : sizes) {
      if (size < least_for_large) continue;
      p.add(rate_of("writes, rings of 4 MiB", size, column,
                    [=](std::size_t count) { return writes(pair(), size, count); }));
      p.add(rate_of("writes, rings of 4 MiB, read as views", size, column,
                    [=](std::size_t count) { return views(pair(), size, count); }));
    }
  });
  for_each_mode(p, acceptor_options{}.ring_size, [&](const std::string& column, auto pair) {
    for (const std::size_t size : sizes)
      p.add(rate_of("writes, read as views", size, column,
                    [=](std::size_t count) { return views(pair(), size, count); }));
  });
}

}  // namespace v4v::bench
