// The unit in which a small send is measured: what any program pays to take a lock that is free.

#include <benchmark/benchmark.h>

#include <mutex>

namespace v4v::hv::bench {
namespace {

void mutex_pair(benchmark::State& state) {
  std::mutex mutex;
  for (auto _ : state) {
    mutex.lock();
    benchmark::ClobberMemory();
    mutex.unlock();
  }
}
BENCHMARK(mutex_pair);

}  // namespace
}  // namespace v4v::hv::bench
