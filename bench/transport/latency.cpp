#include "measure/floors.hpp"
#include "streams.hpp"
#include "suites.hpp"

namespace v4v::bench {
namespace {

template <class Pair>
measurement round_trip_of(std::size_t size, const std::string& column, made_once<Pair> pair) {
  return timed_rounds(
      {suite::latency, "round trip", place{static_cast<double>(size), "B"}, column, "us"},
      [=](std::size_t rounds) { return round_trips(pair(), size, rounds); });
}

}  // namespace

void plan_latency(plan& p) {
  if (p.of_run().has_peer(beside::floors)) {
    p.add(timed_rounds({suite::latency, "floor: cache line", {}, column::floor, "us"},
                       cache_line_round_trips));
    p.add(timed_rounds({suite::latency, "floor: eventfd", {}, column::floor, "us"},
                       eventfd_round_trips));
  }
  const made_once<unix_pair> spinning{[] {
    auto pair = std::make_unique<unix_pair>();
    pair->spin = true;
    return pair;
  }};
  // Made once for all sizes.
  const auto sizes = p.sizes({64, 1024, 65536}, {64, 1024, 65536}, 64 << 20);
  const auto add = [&](const std::string& column, auto pair) {
    for (const std::size_t size : sizes)
      p.add(round_trip_of(size, column, pair));
  };
  for_each_stream(p, add);
  if (p.of_run().has_peer(beside::unix_socket)) add(column::unix_poll, spinning);
}

}  // namespace v4v::bench
