// sendv by the number of vectors that the same bytes are in.

#include <benchmark/benchmark.h>

#include "domains.hpp"

namespace v4v::hv::bench {
namespace {

void sendv_vectors(benchmark::State& state) {
  const payload message{static_cast<std::uint32_t>(state.range(0)),
                        static_cast<std::uint32_t>(state.range(1))};
  embedded hv;
  receiver to{hv, 1, 1, 1 << 18};
  guest from{hv, 2};
  stream_of_messages stream{from, to, 1};
  for (auto _ : state) {
    if (!stream.send(message.vectors(), message.size())) return state.SkipWithError("not sent");
  }
}
BENCHMARK(sendv_vectors)
    ->ArgNames({"bytes", "vectors"})
    ->ArgsProduct({{64, 64 << 10}, {1, 2, 8, 32, 128}});

}  // namespace
}  // namespace v4v::hv::bench
