// Round trips and throughput of streams, with one coroutine code for all of them, in turn in one
// run.

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/core.h>
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/read.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include "pairs.hpp"

namespace v4v::bench {
namespace {

using clock = std::chrono::steady_clock;
using asio::awaitable;
using asio::use_awaitable;

void rethrow(const std::exception_ptr& e) {
  if (e) std::rethrow_exception(e);
}

template <class Stream>
awaitable<void> echo(Stream& s, std::size_t size, int rounds) {
  std::vector<char> bytes(size);
  for (int i = 0; i < rounds; ++i) {
    co_await asio::async_read(s, asio::buffer(bytes), use_awaitable);
    co_await asio::async_write(s, asio::buffer(bytes), use_awaitable);
  }
}

template <class Stream>
awaitable<void> ask(Stream& s, std::size_t size, int rounds, std::vector<double>& samples) {
  std::vector<char> bytes(size);
  for (int i = 0; i < rounds; ++i) {
    const auto begin = clock::now();
    co_await asio::async_write(s, asio::buffer(bytes), use_awaitable);
    co_await asio::async_read(s, asio::buffer(bytes), use_awaitable);
    samples.push_back(std::chrono::duration<double, std::micro>(clock::now() - begin).count());
  }
}

template <class Pair>
void on_two_threads(Pair& p, awaitable<void> near, awaitable<void> far) {
  asio::co_spawn(p.here, std::move(near), rethrow);
  asio::co_spawn(p.there, std::move(far), rethrow);
  std::thread other{[&] { p.here.run(); }};
  p.there.run();
  other.join();
  p.here.restart();
  p.there.restart();
}

/// Median of the round trips, in microseconds.
template <class Pair>
double round_trip(Pair& p, std::size_t size, int rounds) {
  std::vector<double> samples;
  on_two_threads(p, echo(p.near(), size, rounds), ask(p.far(), size, rounds, samples));
  std::nth_element(samples.begin(), samples.begin() + rounds / 2, samples.end());
  return samples[static_cast<std::size_t>(rounds / 2)];
}

template <class Stream>
awaitable<void> take(Stream& s, std::size_t total) {
  std::vector<char> bytes(256 * 1024);
  while (total != 0)
    total -= co_await s.async_read_some(asio::buffer(bytes, std::min(bytes.size(), total)),
                                        use_awaitable);
}

template <class Stream>
awaitable<void> give(Stream& s, std::size_t write, std::size_t total) {
  std::vector<char> bytes(write);
  for (; total != 0; total -= write)
    co_await asio::async_write(s, asio::buffer(bytes), use_awaitable);
}

/// GiB a second.
template <class Pair>
double throughput(Pair& p, std::size_t write, std::size_t total) {
  const auto begin = clock::now();
  on_two_threads(p, take(p.near(), total), give(p.far(), write, total));
  const std::chrono::duration<double> time = clock::now() - begin;
  return static_cast<double>(total) / (1 << 30) / time.count();
}

double median(std::vector<double> v) {
  std::nth_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2), v.end());
  return v[v.size() / 2];
}

int run() {
  v4v_pair polling{busy_poll{std::chrono::microseconds{200}}};
  v4v_pair adaptive{busy_poll::adaptive()};
  v4v_pair sleeping{busy_poll::off()};
  unix_pair local;
  tcp_pair tcp;

  const auto table = [&](const char* what, const char* unit, auto measure) {
    constexpr int repetitions = 5;
    std::vector<double> columns[5];
    for (int i = 0; i < repetitions; ++i) {  // in turn, so that a slow moment is one for all
      columns[0].push_back(measure(polling));
      columns[1].push_back(measure(adaptive));
      columns[2].push_back(measure(sleeping));
      columns[3].push_back(measure(local));
      columns[4].push_back(measure(tcp));
    }
    fmt::print("{:<28}{:>8}", what, unit);
    for (auto& column : columns)
      fmt::print("{:>12.2f}", median(column));
    fmt::print("\n");
  };
  fmt::print("{:<28}{:>8}{:>12}{:>12}{:>12}{:>12}{:>12}\n", "median of 5", "", "v4v polling",
             "adaptive", "sleeping", "UNIX", "TCP");
  table("round trip, 64 B", "us", [](auto& p) { return round_trip(p, 64, 4000); });
  table("round trip, 4 KiB", "us", [](auto& p) { return round_trip(p, 4096, 4000); });
  table("writes of 64 B", "GiB/s", [](auto& p) { return throughput(p, 64, 8 << 20); });
  table("writes of 64 KiB", "GiB/s",
        [](auto& p) { return throughput(p, 64 << 10, std::size_t{256} << 20); });
  return 0;
}

}  // namespace
}  // namespace v4v::bench

int main() try { return v4v::bench::run(); } catch (const std::exception& e) {
  fmt::print(stderr, "v4v-transport-bench: {}\n", e.what());
  return 1;
}
