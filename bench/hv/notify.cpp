// notify by the number of its questions, each answered with "exists, and there is room".

#include <benchmark/benchmark.h>

#include <cstddef>
#include <vector>

#include "domains.hpp"

namespace v4v::hv::bench {
namespace {

constexpr std::uint32_t rings = 64;

void notify(benchmark::State& state) {
  embedded hv;
  receiver to{hv, 1, rings, 4096};
  guest from{hv, 2};

  struct block {
    v4v_ring_data head;
    v4v_ring_data_ent entries[V4V_DEFAULT_MAX_NOTIFY];
  };
  static_assert(offsetof(block, entries) == sizeof(v4v_ring_data));
  const auto count = static_cast<std::uint32_t>(state.range(0));
  block b{{V4V_RING_DATA_MAGIC, count, 0, {}}, {}};
  for (std::uint32_t i = 0; i < count; ++i)
    b.entries[i] = {{1 + i % rings, to.id(), 0}, 0, 0, 64, 0};

  v4v_ring_data* const questions = count == 0 ? nullptr : &b.head;
  for (auto _ : state) {
    if (from.notify(questions) != 0) return state.SkipWithError("no answer");
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    constexpr int wanted = V4V_RING_EXISTS | V4V_RING_SUFFICIENT;
    if ((b.entries[i].flags & wanted) != wanted) return state.SkipWithError("another answer");
  }
}
BENCHMARK(notify)->ArgName("questions")->Arg(0)->Arg(1)->Arg(16)->Arg(64)->Arg(256);

}  // namespace
}  // namespace v4v::hv::bench
