#include "plan.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <utility>

#include "columns.hpp"
#include "far_peer.hpp"
#include "grpc.hpp"
#include "kj_peers.hpp"
#include "measure/floors.hpp"
#include "measure/samples.hpp"
#include "v4v_peer.hpp"

namespace v4v::bench {
namespace {

constexpr std::size_t copied = 64 << 20;  // for a rate of memcpy
constexpr double gibibyte = 1 << 30;
constexpr std::size_t pushed_blob = 64 << 10;

struct named_peer {
  const char* column;
  std::shared_ptr<peer> rpc;
};

std::vector<named_peer> peers(const options& o, const payload& of_run) {
  if (o.role->connects())
    return {{column::adaptive, std::make_shared<far_peer>(o.role->domain(), o.ring_size, of_run)}};
  const auto v4v = [&](busy_poll polling) {
    return std::make_shared<v4v_peer>(polling, o.ring_size, of_run);
  };
  std::vector<named_peer> all{{column::polling, v4v(busy_poll{std::chrono::microseconds{200}})},
                              {column::adaptive, v4v(busy_poll::adaptive())},
                              {column::sleeping, v4v(busy_poll::off())},
                              {column::kj, std::make_shared<kj_peer>(of_run)},
                              {column::grpc, make_grpc_peer(grpc_wait::sleep, of_run)},
                              {column::grpc_spinning, make_grpc_peer(grpc_wait::spin, of_run)},
                              {column::pipe, std::make_shared<pipe_peer>(of_run)}};
  std::erase_if(all, [](const named_peer& p) { return p.rpc == nullptr; });
  return all;
}

class planner {
 public:
  planner(const options& o, const payload& of_run) : options_(o), peers_(peers(o, of_run)) {}

  void add_floor(const char* figure, const char* unit, std::function<double()> measure) {
    if (options_.wants(figure))
      steps_.push_back(sample_of(figure, column::floor, unit, std::move(measure)));
  }

  /// `measure(caller, results, column)` for each peer.
  template <class Measure>
  void add_for_all(const char* figure, Measure measure) {
    if (!options_.wants(figure)) return;
    for (const named_peer& p : peers_) {
      steps_.push_back({figure, p.column, [=, column = p.column, rpc = p.rpc](results& r) {
                          rpc->with_caller([&](caller& c) { measure(c, r, column); });
                        }});
    }
  }

  void add_null_calls() {
    add_for_all(figure::null_call, [rounds = options_.rounds](caller& c, results& r, auto column) {
      c.null_calls(rounds / 4 + 10);  // to be warm
      auto microseconds = c.null_calls(rounds);
      r.add(figure::null_call, column, "us", median(microseconds));
      r.add(figure::null_call_p99, column, "us", percentile(microseconds, 99));
      r.keep_singles(figure::null_call, column, std::move(microseconds));
    });
  }

  void add_pipelined_calls() {
    add_for_all(figure::pipelined,
                [count = 16 * options_.rounds](caller& c, results& r, auto column) {
                  c.pipelined_calls(count / 8, calls_in_flight);
                  r.add(figure::pipelined, column, "thousand/s",
                        c.pipelined_calls(count, calls_in_flight) / 1e3);
                });
  }

  void add_blobs(const char* figure, std::size_t size, double (caller::*send)(std::size_t, int)) {
    const auto count = std::max(static_cast<int>((options_.mebibytes << 20) / size), 1);
    add_for_all(figure, [=](caller& c, results& r, auto column) {
      (c.*send)(size, std::max(count / 8, 1));
      r.add(figure, column, "GiB/s", (c.*send)(size, count) / gibibyte);
    });
  }

  std::vector<step> take() { return std::move(steps_); }

 private:
  const options& options_;
  const std::vector<named_peer> peers_;
  std::vector<step> steps_;
};

}  // namespace

std::vector<step> plan(const options& o, const payload& of_run) {
  planner p{o, of_run};
  if (o.role->connects() && o.only.empty()) {
    p.add_null_calls();
    p.add_pipelined_calls();
    p.add_blobs(figure::reads[2], blob_sizes[2], &caller::read);
    return p.take();
  }
  const int rounds = o.rounds;
  p.add_floor(figure::cache_line, "us", [=] { return cache_line_round_trip(10 * rounds); });
  p.add_floor(figure::memcpy_64m, "GiB/s", [=] { return memcpy_rate(64 << 20, copied); });
  p.add_null_calls();
  p.add_pipelined_calls();
  for (std::size_t i = 0; i < std::size(blob_sizes); ++i)
    p.add_blobs(figure::reads[i], blob_sizes[i], &caller::read);
  for (std::size_t i = 0; i < std::size(blob_sizes); ++i)
    p.add_blobs(figure::writes[i], blob_sizes[i], &caller::write);
  p.add_blobs(figure::push, pushed_blob, &caller::push);
  return p.take();
}

}  // namespace v4v::bench
