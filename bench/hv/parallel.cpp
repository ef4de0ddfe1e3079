// Sends from one and from two threads, each a domain of its own: to one ring, to two rings of one
// domain, to rings of two domains.

#include <benchmark/benchmark.h>

#include <memory>

#include "domains.hpp"

namespace v4v::hv::bench {
namespace {

constexpr std::uint32_t max_threads = 2;
constexpr std::uint32_t len = 1 << 20;

enum class targets { one_ring, rings_of_one_domain, rings_of_two_domains };

struct world {
  embedded hv;
  receiver first{hv, 1, max_threads, len};
  receiver second{hv, 2, max_threads, len};
  guest senders[max_threads] = {{hv, 10}, {hv, 11}};
};

template <targets To>
void parallel(benchmark::State& state) {
  // Made by one thread before any begins the loop, and gone after all have ended it.
  static std::unique_ptr<world> shared;
  if (state.thread_index() == 0) shared = std::make_unique<world>();

  const payload message{static_cast<std::uint32_t>(state.range(0))};
  const auto self = static_cast<std::uint32_t>(state.thread_index());
  std::unique_ptr<stream_of_messages> stream;
  std::int64_t not_sent = 0;
  for (auto _ : state) {
    // Only here may one be sure that the others are there.
    if (stream == nullptr) [[unlikely]] {
      const bool two_domains = To == targets::rings_of_two_domains && self == 1;
      stream = std::make_unique<stream_of_messages>(
          shared->senders[self], two_domains ? shared->second : shared->first,
          To == targets::one_ring ? 1 : self + 1, 2 * max_threads);
    }
    if (!stream->send(message.vectors(), message.size())) ++not_sent;
  }
  state.SetItemsProcessed(state.iterations() - not_sent);
  if (state.thread_index() == 0) shared.reset();
}

void sizes_and_threads(benchmark::internal::Benchmark* b) {
  b->ArgName("bytes")->Arg(64)->Arg(4096)->Threads(1)->Threads(max_threads)->UseRealTime();
}
BENCHMARK_TEMPLATE(parallel, targets::one_ring)->Name("one_ring")->Apply(sizes_and_threads);
BENCHMARK_TEMPLATE(parallel, targets::rings_of_one_domain)
    ->Name("rings_of_one_domain")
    ->Apply(sizes_and_threads);
BENCHMARK_TEMPLATE(parallel, targets::rings_of_two_domains)
    ->Name("rings_of_two_domains")
    ->Apply(sizes_and_threads);

}  // namespace
}  // namespace v4v::hv::bench
