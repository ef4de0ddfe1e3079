#include <benchmark/benchmark.h>

#include <semaphore>
#include <thread>

int main(int argc, char** argv) {
  // glibc takes locks and counts references without atomic instructions as long as a process has
  // one thread. No program that has a hypervisor inside is like that.
  std::binary_semaphore over{0};
  std::thread second{[&] { over.acquire(); }};

  benchmark::Initialize(&argc, argv);
  const bool understood = !benchmark::ReportUnrecognizedArguments(argc, argv);
  if (understood) benchmark::RunSpecifiedBenchmarks();

  over.release();
  second.join();
  return understood ? 0 : 2;
}
