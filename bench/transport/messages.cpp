#include <algorithm>
#include <barrier>
#include <chrono>
#include <exception>
#include <thread>

#include "measure/floors.hpp"
#include "measure/pinning.hpp"
#include "streams.hpp"
#include "suites.hpp"

namespace v4v::bench {
namespace {

/// One after the other, until all have been received.
template <class Pair>
outcome datagrams(Pair& p, std::size_t count) {
  const stopwatch time;
  run_both(p, receive(p.near(), small_message, count), send(p.far(), small_message, count));
  return {time.seconds()};
}

measurement pipelined(const char* figure, const std::string& column,
                      std::function<outcome(std::size_t)> run) {
  return rate({suite::messages, figure, {}, column, "million/s"}, 1 / million, std::move(run));
}

/// `work(i)` in `count` threads at the same time: from when the first begins until the last is
/// done, by their own clocks, for this thread may have to wait for a processor.
template <class Work>
outcome in_threads(std::size_t count, Work work) {
  using clock = std::chrono::steady_clock;
  std::barrier all_there{static_cast<std::ptrdiff_t>(count)};
  std::vector<std::thread> threads;
  std::vector<std::exception_ptr> failures(count);
  std::vector<clock::time_point> begins(count);
  std::vector<clock::time_point> ends(count);
  for (std::size_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      unpin_this_thread();
      all_there.arrive_and_wait();
      begins[i] = clock::now();
      try {
        work(i);
      } catch (...) {
        failures[i] = std::current_exception();
      }
      ends[i] = clock::now();
    });
  }
  for (std::thread& t : threads)
    t.join();
  for (const std::exception_ptr& e : failures) {
    if (e) std::rethrow_exception(e);
  }
  const std::chrono::duration<double> time =
      *std::max_element(ends.begin(), ends.end()) - *std::min_element(begins.begin(), begins.end());
  return {time.count()};
}

/// So many pairs, each for one thread that does the work of both its ends.
template <class Pair>
using pairs = std::vector<std::unique_ptr<Pair>>;

template <class Pair, class Make>
made_once<pairs<Pair>> make_pairs(std::size_t count, Make make) {
  return made_once<pairs<Pair>>{[=] {
    auto all = std::make_unique<pairs<Pair>>();
    for (std::size_t i = 0; i < count; ++i)
      all->push_back(make());
    return all;
  }};
}

template <class Pair>
outcome stream_messages(pairs<Pair>& all, std::size_t count) {
  return in_threads(all.size(), [&](std::size_t i) {
    Pair& p = *all[i];
    run_in_one_thread(p, take(p.near(), small_message * count),
                      give(p.far(), small_message, count));
  });
}

template <class Pair>
outcome datagrams(pairs<Pair>& all, std::size_t count) {
  return in_threads(all.size(), [&](std::size_t i) {
    Pair& p = *all[i];
    run_in_one_thread(p, receive(p.near(), small_message, count),
                      send(p.far(), small_message, count));
  });
}

void plan_threads(plan& p, std::size_t count) {
  const auto add = [&](const char* column, std::function<outcome(std::size_t)> run) {
    const auto threads = static_cast<double>(count);
    p.add(
        rate({suite::messages, "messages of 64 B", place{threads, "threads"}, column, "million/s"},
             threads / million, std::move(run)));
  };
  const auto streams = make_pairs<v4v_pair>(count, [] {
    return std::make_unique<v4v_pair>(busy_poll::off(), acceptor_options{}.ring_size, threads::one);
  });
  add(column::v4v_stream, [=](std::size_t n) { return stream_messages(streams(), n); });
  const auto sockets = make_pairs<v4v_datagram_pair>(
      count, [] { return std::make_unique<v4v_datagram_pair>(busy_poll::off(), threads::one); });
  add(column::v4v_datagram, [=](std::size_t n) { return datagrams(sockets(), n); });
  if (p.of_run().has_peer(beside::unix_socket)) {
    const auto unix_streams =
        make_pairs<unix_pair>(count, [] { return std::make_unique<unix_pair>(threads::one); });
    add(column::unix_stream, [=](std::size_t n) { return stream_messages(unix_streams(), n); });
    const auto unix_datagrams = make_pairs<unix_datagram_pair>(
        count, [] { return std::make_unique<unix_datagram_pair>(threads::one); });
    add(column::unix_datagram, [=](std::size_t n) { return datagrams(unix_datagrams(), n); });
  }
  if (p.of_run().has_peer(beside::floors)) {
    add(column::copy_loop, [=](std::size_t n) {
      return in_threads(count, [=](std::size_t) { copies_through_ring(small_message, n); });
    });
  }
}

}  // namespace

void plan_messages(plan& p) {
  for_each_stream(p, [&](const std::string& column, auto pair) {
    p.add(pipelined("pipelined messages of 64 B", column,
                    [=](std::size_t count) { return writes(pair(), small_message, count); }));
  });
  constexpr const char* figure = "pipelined datagrams of 64 B";
  for (const std::string& mode : p.of_run().modes) {
    const made_once<v4v_datagram_pair> pair{
        [=] { return std::make_unique<v4v_datagram_pair>(polling_in(mode)); }};
    p.add(pipelined(figure, mode, [=](std::size_t count) { return datagrams(pair(), count); }));
  }
  if (p.of_run().has_peer(beside::unix_socket)) {
    const made_once<unix_datagram_pair> pair{[] { return std::make_unique<unix_datagram_pair>(); }};
    p.add(pipelined(figure, column::unix_socket,
                    [=](std::size_t count) { return datagrams(pair(), count); }));
  }
  for (const std::size_t count : p.counts({1, 2}, {1, 2, 4}))
    plan_threads(p, count);
}

}  // namespace v4v::bench
