// sendv by size, and the same bytes by memcpy to the same places: into a ring that the caches hold,
// and into rings of the greatest length, taken in turn, that no L2 holds.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <vector>

#include "domains.hpp"

namespace v4v::hv::bench {
namespace {

// As short as a ring may be in which a message wraps now and then, as in any ring.
constexpr std::uint32_t cached_len(std::uint32_t size) { return std::max(4 * size, 65536u); }

constexpr std::uint32_t large_rings = 8;

// Made once: 128 MiB that are touched take their time.
struct large {
  embedded hv;
  receiver to{hv, 1, large_rings, V4V_MAX_RING_LEN};
  guest from{hv, 2};

  static large& instance() {
    static large made;
    return made;
  }
};

// Copies to where sendv would put its messages, wraps included.
class copies {
 public:
  explicit copies(const ring_memory& to) : data_{to.data()}, len_{to.len()} {}

  void copy(const payload& from) {
    const std::uint32_t start = (at_ + V4V_MESSAGE_ALIGNMENT) % len_;
    const std::uint32_t first = std::min(from.size(), len_ - start);
    std::memcpy(data_ + start, from.data(), first);
    if (first != from.size()) std::memcpy(data_, from.data() + first, from.size() - first);
    at_ += V4V_MESSAGE_ALIGNMENT + v4v_round_up32(from.size());
    if (at_ >= len_) at_ -= len_;
    benchmark::ClobberMemory();
  }

 private:
  std::uint8_t* const data_;
  const std::uint32_t len_;
  std::uint32_t at_ = 0;
};

std::uint32_t size_of(const benchmark::State& state) {
  return static_cast<std::uint32_t>(state.range(0));
}

void report(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void send_in_turn(benchmark::State& state, std::deque<stream_of_messages>& streams) {
  const payload message{size_of(state)};
  auto next = streams.begin();
  for (auto _ : state) {
    if (!next->send(message.vectors(), message.size())) return state.SkipWithError("not sent");
    if (++next == streams.end()) next = streams.begin();
  }
  report(state);
}

void copy_in_turn(benchmark::State& state, std::vector<copies>& targets) {
  const payload message{size_of(state)};
  auto next = targets.begin();
  for (auto _ : state) {
    next->copy(message);
    if (++next == targets.end()) next = targets.begin();
  }
  report(state);
}

void sendv_cached(benchmark::State& state) {
  embedded hv;
  receiver to{hv, 1, 1, cached_len(size_of(state))};
  guest from{hv, 2};
  std::deque<stream_of_messages> streams;
  streams.emplace_back(from, to, 1);
  send_in_turn(state, streams);
}

void memcpy_cached(benchmark::State& state) {
  const ring_memory memory{1, cached_len(size_of(state))};
  std::vector<copies> targets{copies{memory}};
  copy_in_turn(state, targets);
}

void sendv_large(benchmark::State& state) {
  std::deque<stream_of_messages> streams;
  for (std::uint32_t port = 1; port <= large_rings; ++port)
    streams.emplace_back(large::instance().from, large::instance().to, port);
  send_in_turn(state, streams);
}

// What it overwrites are messages that nobody will read.
void memcpy_large(benchmark::State& state) {
  std::vector<copies> targets;
  for (std::uint32_t port = 1; port <= large_rings; ++port)
    targets.emplace_back(large::instance().to.ring(port));
  copy_in_turn(state, targets);
}

void sizes(benchmark::internal::Benchmark* b) {
  b->ArgName("bytes");
  for (const int size : {64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20})
    b->Arg(size);
}
BENCHMARK(sendv_cached)->Apply(sizes);
BENCHMARK(memcpy_cached)->Apply(sizes);
BENCHMARK(sendv_large)->Apply(sizes);
BENCHMARK(memcpy_large)->Apply(sizes);

}  // namespace
}  // namespace v4v::hv::bench
