// What the locks' writers pay: registering a ring and taking it back, the birth and death of a
// domain. Alone, and while another thread, on another processor, makes hypercalls.

#include <benchmark/benchmark.h>

#include <atomic>
#include <optional>
#include <thread>

#include "domains.hpp"

namespace v4v::hv::bench {
namespace {

// A thread that sends to a ring of its own all the time.
class busy_sender {
 public:
  explicit busy_sender(embedded& hv) : to_{hv, 1001, 1, 65536}, from_{hv, 1002} {}
  ~busy_sender() {
    over_.store(true, std::memory_order_relaxed);
    thread_.join();
  }
  busy_sender(const busy_sender&) = delete;
  busy_sender& operator=(const busy_sender&) = delete;

 private:
  receiver to_;
  guest from_;
  std::atomic<bool> over_{false};
  std::thread thread_{[this] {
    const payload message{64};
    stream_of_messages stream{from_, to_, 1};
    while (!over_.load(std::memory_order_relaxed))
      stream.send(message.vectors(), message.size());
  }};
};

void register_and_unregister(benchmark::State& state) {
  embedded hv;
  guest owner{hv, 1};
  const ring_memory ring{1, static_cast<std::uint32_t>(state.range(0))};
  std::optional<busy_sender> other;
  if (state.range(1) != 0) other.emplace(hv);
  for (auto _ : state) {
    if (owner.register_ring(ring) != 0) return state.SkipWithError("not registered");
    if (owner.unregister_ring(ring) != 0) return state.SkipWithError("not unregistered");
  }
}
BENCHMARK(register_and_unregister)
    ->ArgNames({"bytes", "busy"})
    ->ArgsProduct({{4 << 10, 64 << 10, 1 << 20, 16 << 20}, {0}})
    ->Args({4 << 10, 1});

void birth_and_death(benchmark::State& state) {
  embedded hv;
  std::optional<busy_sender> other;
  if (state.range(0) != 0) other.emplace(hv);
  for (auto _ : state)
    benchmark::DoNotOptimize(hv.create_domain(1));
}
BENCHMARK(birth_and_death)->ArgName("busy")->Arg(0)->Arg(1);

}  // namespace
}  // namespace v4v::hv::bench
