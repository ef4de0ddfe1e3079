#include "plan.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <memory>
#include <string_view>
#include <utility>

#include "columns.hpp"
#include "idle.hpp"
#include "measure/floors.hpp"
#include "measure/samples.hpp"
#include "socket_pairs.hpp"
#include "traffic.hpp"
#include "v4v_pair.hpp"

namespace v4v::bench {
namespace {

constexpr std::size_t a_write = 64 * 1024;
constexpr std::size_t large_ring = 4 << 20;
constexpr std::size_t copied = 64 << 20;  // for a rate of memcpy

busy_poll mode(std::string_view name) {
  if (name == column::polling) return busy_poll{std::chrono::microseconds{200}};
  return name == column::adaptive ? busy_poll::adaptive() : busy_poll::off();
}

class planner {
 public:
  explicit planner(const options& o) : options_(o) {}

  void add_floor(const char* figure, const char* unit, std::function<double()> measure) {
    if (options_.wants(figure))
      steps_.push_back(sample_of(figure, column::floor, unit, std::move(measure)));
  }

  template <class Measure>
  void add_for_all(const char* figure, const char* unit, Measure measure) {
    if (!options_.wants(figure)) return;
    for (std::size_t i = 0; i < std::size(column::modes); ++i)
      add(figure, column::modes[i], unit, v4v(i), measure);
    if (!unix_) unix_ = std::make_shared<unix_pair>();
    add(figure, column::unix_socket, unit, unix_, measure);
    if (!tcp_) tcp_ = std::make_shared<tcp_pair>();
    add(figure, column::tcp, unit, tcp_, measure);
  }

  /// For v4v alone, with rings of so many bytes.
  template <class Measure>
  void add_for_v4v(const char* figure, const char* unit, std::size_t ring_size, Measure measure) {
    if (!options_.wants(figure)) return;
    for (const char* name : column::modes)
      add(figure, name, unit, std::make_shared<v4v_pair>(mode(name), 0, ring_size), measure);
  }

  template <class Measure>
  void add_beside_idle(const char* unit, Measure measure) {
    if (!options_.wants(figure::beside_idle)) return;
    for (const char* name : column::modes)
      add(figure::beside_idle, name, unit,
          std::make_shared<v4v_pair>(mode(name), options_.idle_connections), measure);
  }

  void add_idle_cpu() {
    if (!options_.wants(figure::idle_cpu)) return;
    const double seconds = options_.idle_seconds;
    steps_.push_back(
        sample_of(figure::idle_cpu, column::adaptive, "ms/s", [=] { return idle_cpu(seconds); }));
    steps_.back().only_once = true;
  }

  std::vector<step> take() { return std::move(steps_); }

 private:
  // The pair lives as long as the steps that use it.
  template <class Pair, class Measure>
  void add(const char* figure, const char* column, const char* unit, std::shared_ptr<Pair> pair,
           Measure measure) {
    steps_.push_back(sample_of(figure, column, unit, [=] { return measure(*pair); }));
  }

  std::shared_ptr<v4v_pair>& v4v(std::size_t i) {
    if (!v4v_[i]) v4v_[i] = std::make_shared<v4v_pair>(mode(column::modes[i]));
    return v4v_[i];
  }

  const options& options_;
  std::vector<step> steps_;
  std::shared_ptr<v4v_pair> v4v_[std::size(column::modes)];
  std::shared_ptr<unix_pair> unix_;
  std::shared_ptr<tcp_pair> tcp_;
};

}  // namespace

std::vector<step> plan(const options& o) {
  planner p{o};
  const int rounds = o.rounds;
  const auto messages = static_cast<std::size_t>(rounds) * 32;
  const auto writes = static_cast<std::size_t>(rounds);

  p.add_floor(figure::cache_line, "us", [=] { return cache_line_round_trip(10 * rounds); });
  p.add_floor(figure::eventfd, "us", [=] { return eventfd_round_trip(rounds); });
  p.add_floor(figure::memcpy_l2, "GiB/s", [=] { return memcpy_rate(memory_in_l2(), copied); });
  p.add_floor(figure::memcpy_64m, "GiB/s", [=] { return memcpy_rate(64 << 20, copied); });

  p.add_for_all(figure::round_trip, "us", [=](auto& pair) { return round_trip(pair, 64, rounds); });
  p.add_for_all(figure::long_round_trip, "us",
                [=](auto& pair) { return round_trip(pair, 4096, rounds); });
  p.add_for_all(figure::messages, "million/s",
                [=](auto& pair) { return writes_per_second(pair, 64, messages) / 1e6; });
  p.add_for_all(figure::writes, "GiB/s", [=](auto& pair) {
    return writes_per_second(pair, a_write, writes) * a_write / (1 << 30);
  });
  p.add_for_v4v(figure::writes_large_ring, "GiB/s", large_ring, [=](auto& pair) {
    return writes_per_second(pair, a_write, writes) * a_write / (1 << 30);
  });
  p.add_for_v4v(figure::views, "GiB/s", acceptor_options{}.ring_size, [=](auto& pair) {
    return views_per_second(pair, a_write, writes) * a_write / (1 << 30);
  });
  p.add_for_v4v(figure::views_large_ring, "GiB/s", large_ring, [=](auto& pair) {
    return views_per_second(pair, a_write, writes) * a_write / (1 << 30);
  });
  // Fewer: each may take long.
  const int rounds_beside_idle = std::max(rounds / 10, 10);
  p.add_beside_idle("us", [=](auto& pair) { return round_trip(pair, 64, rounds_beside_idle); });
  p.add_idle_cpu();
  return p.take();
}

std::vector<step> plan(const options& o, far_stream& to_service) {
  std::vector<step> steps;
  const auto add_round_trips = [&](const char* figure, std::size_t size) {
    steps.push_back({figure, column::adaptive, [=, rounds = o.rounds, &to_service](results& r) {
                       auto singles = to_service.round_trips(size, rounds);
                       r.add(figure, column::adaptive, "us", median(singles));
                       r.keep_singles(figure, column::adaptive, std::move(singles));
                     }});
  };
  add_round_trips(figure::round_trip, 64);
  add_round_trips(figure::round_trip_1k, 1024);
  add_round_trips(figure::round_trip_64k, a_write);
  steps.push_back(sample_of(figure::writes, column::adaptive, "MiB/s",
                            [count = static_cast<std::size_t>(o.rounds), &to_service] {
                              return to_service.writes_per_second(a_write, count) * a_write /
                                     (1 << 20);
                            }));
  return steps;
}

}  // namespace v4v::bench
