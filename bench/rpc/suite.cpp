#include "suite.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <v4v/acceptor.hpp>

#include "far_peer.hpp"
#include "grpc.hpp"
#include "kj_peers.hpp"
#include "measure/columns.hpp"
#include "transport/modes.hpp"
#include "v4v_peer.hpp"

namespace v4v::bench {
namespace {

constexpr double gibibyte = 1 << 30;
constexpr std::size_t usual_ring = acceptor_options{}.ring_size;
constexpr std::size_t longest_ring = 16 << 20;
constexpr std::size_t calls_in_flight = 64;
constexpr std::size_t pushed_blob = 64 << 10;

using work = std::function<outcome(caller&, std::size_t)>;

// Before anything is timed: blobs have been all the way round a ring of four times their size.
constexpr std::size_t least_to_be_warm = 5;

/// `what(caller, rounds)` on a connection of its own, when that is warm.
std::function<outcome(std::size_t)> on(const std::shared_ptr<bench::peer>& rpc, const work& what) {
  return [=](std::size_t rounds) {
    outcome o;
    rpc->with_caller([&](caller& c) {
      what(c, std::max(rounds / 8, least_to_be_warm));
      o = what(c, rounds);
    });
    return o;
  };
}

/// Ways to call, each with its column.
class callers {
 public:
  explicit callers(plan& p) : plan_{p} {}

  void add(std::string column, std::shared_ptr<bench::peer> rpc) {
    if (rpc) all_.emplace_back(std::move(column), std::move(rpc));
  }

  void plan_calls() {
    each([&](const std::string& column, const auto& rpc) {
      plan_.add(timed_rounds({suite::rpc, "null call", {}, column, "us"},
                             on(rpc, [](caller& c, std::size_t n) { return c.null_calls(n); })));
    });
    each([&](const std::string& column, const auto& rpc) {
      plan_.add(rate(
          {suite::rpc, "calls, 64 in flight", {}, column, "thousand/s"}, 1e-3,
          on(rpc, [](caller& c, std::size_t n) { return c.pipelined_calls(n, calls_in_flight); })));
    });
  }

  void plan_pushes() {
    each([&](const std::string& column, const auto& rpc) {
      plan_.add(rate({suite::rpc, "streaming calls of 64 KiB", {}, column, "GiB/s"},
                     pushed_blob / gibibyte,
                     on(rpc, [](caller& c, std::size_t n) { return c.push(pushed_blob, n); })));
    });
  }

  void plan_blobs(const std::string& how, std::size_t size) {
    using send = outcome (caller::*)(std::size_t, std::size_t);
    const std::pair<const char*, send> ways[] = {{"read", &caller::read},
                                                 {"write", &caller::write}};
    for (const auto& [figure, way] : ways) {
      each([&, figure = figure, way = way](const std::string& column, const auto& rpc) {
        const auto bytes = static_cast<double>(size);
        plan_.add(rate({suite::rpc, figure + how, place{bytes, "B"}, column, "GiB/s"},
                       bytes / gibibyte,
                       on(rpc, [=](caller& c, std::size_t n) { return (c.*way)(size, n); })));
      });
    }
  }

 private:
  void each(const std::function<void(const std::string&, const std::shared_ptr<bench::peer>&)>& f) {
    for (const auto& [column, rpc] : all_)
      f(column, rpc);
  }

  plan& plan_;
  std::vector<std::pair<std::string, std::shared_ptr<bench::peer>>> all_;
};

void add_v4v(callers& to, const plan& p, std::size_t ring, const payload& of_run) {
  for (const std::string& mode : p.of_run().modes)
    to.add(mode, std::make_shared<v4v_peer>(polling_in(mode), ring, of_run));
}

std::vector<std::size_t> blob_sizes(const plan& p) {
  auto sizes = p.sizes({4 << 10, 64 << 10, 1 << 20},
                       {4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 8 << 20}, largest_blob);
  std::erase_if(sizes, [](std::size_t size) { return size % sizeof(capnp::word) != 0; });
  return sizes;
}

}  // namespace

void plan_rpc(plan& p, const payload& of_run) {
  callers all{p};
  add_v4v(all, p, usual_ring, of_run);
  if (p.of_run().has_peer(beside::kj)) all.add(column::kj, std::make_shared<kj_peer>(of_run));
  if (p.of_run().has_peer(beside::grpc)) {
    all.add(column::grpc, make_grpc_peer(grpc_wait::sleep, of_run));
    all.add(column::grpc_spin, make_grpc_peer(grpc_wait::spin, of_run));
  }
  if (p.of_run().has_peer(beside::floors))
    all.add(column::one_thread, std::make_shared<pipe_peer>(of_run));
  all.plan_calls();
  all.plan_pushes();
  const auto sizes = blob_sizes(p);
  for (const std::size_t size : sizes) {
    all.plan_blobs("", size);
    if (4 * size <= usual_ring) continue;  // the usual rings are long enough
    callers in_long_rings{p};
    add_v4v(in_long_rings, p, std::min(4 * size, longest_ring), of_run);
    in_long_rings.plan_blobs(", rings of four times", size);
  }
}

void plan_far_rpc(plan& p, domain_type domain, const payload& of_run) {
  callers all{p};
  all.add(column::adaptive, std::make_shared<far_peer>(domain, usual_ring, of_run));
  all.plan_calls();
  for (const std::size_t size : blob_sizes(p))
    all.plan_blobs("", size);
}

}  // namespace v4v::bench
