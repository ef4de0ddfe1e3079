// sendv by size, and the same bytes by memcpy to the same places: into a ring that the caches hold,
// and into rings of the greatest length, taken in turn, that no L2 holds. And by vectors.

#include <algorithm>
#include <cstring>
#include <deque>
#include <vector>

#include "domains.hpp"
#include "measure/columns.hpp"
#include "steps.hpp"

namespace v4v::hv::bench {
namespace {

namespace column = v4v::bench::column;

// As short as a ring may be in which a message wraps now and then, as in any ring.
constexpr std::uint32_t cached_len(std::uint32_t size) { return std::max(4 * size, 65536u); }

constexpr std::uint32_t large_rings = 8;
constexpr std::uint32_t largest = 4 << 20;

/// A sender, and rings of a receiver that it sends to in turn.
struct world {
  world(std::uint32_t rings, std::uint32_t len) : to{hv, 1, rings, len} {
    for (std::uint32_t port = 1; port <= rings; ++port)
      streams.emplace_back(from, to, port);
  }
  embedded hv;
  receiver to;
  guest from{hv, 2};
  std::deque<stream_of_messages> streams;
};
using rings = v4v::bench::made_once<world>;

rings make_rings(std::uint32_t count, std::uint32_t len) {
  return rings{[=] { return std::make_unique<world>(count, len); }};
}

// Copies to where sendv would put its messages, wraps included. What it overwrites are messages
// that nobody will read.
class copies {
 public:
  explicit copies(const ring_memory& to) : data_{to.data()}, len_{to.len()} {}

  void copy(const payload& from) {
    const std::uint32_t start = (at_ + V4V_MESSAGE_ALIGNMENT) % len_;
    const std::uint32_t first = std::min(from.size(), len_ - start);
    std::memcpy(data_ + start, from.data(), first);
    if (first != from.size()) std::memcpy(data_, from.data() + first, from.size() - first);
    at_ += V4V_MESSAGE_ALIGNMENT + v4v_round_up32(from.size());
    if (at_ >= len_) at_ -= len_;
    asm volatile("" : : "r"(data_) : "memory");
  }

 private:
  std::uint8_t* const data_;
  const std::uint32_t len_;
  std::uint32_t at_ = 0;
};

outcome send_in_turn(world& w, const payload& message, std::size_t rounds) {
  auto next = w.streams.begin();
  return repeat(rounds, [&] {
    require(next->send(message.vectors(), message.size()), "not sent");
    if (++next == w.streams.end()) next = w.streams.begin();
  });
}

outcome copy_in_turn(world& w, const payload& message, std::size_t rounds) {
  std::vector<copies> targets;
  for (std::uint32_t port = 1; port <= w.streams.size(); ++port)
    targets.emplace_back(w.to.ring(port));
  auto next = targets.begin();
  return repeat(rounds, [&] {
    next->copy(message);
    if (++next == targets.end()) next = targets.begin();
  });
}

void plan_size(plan& p, const char* figure, std::uint32_t size, const rings& to) {
  const place at{static_cast<double>(size), "B"};
  p.add(v4v::bench::cost(
      {v4v::bench::suite::hypercall, figure, at, column::v4v, "ns"},
      [=](std::size_t rounds) { return send_in_turn(to(), payload{size}, rounds); }));
  if (!p.of_run().has_peer(v4v::bench::beside::floors)) return;
  p.add(v4v::bench::cost(
      {v4v::bench::suite::hypercall, figure, at, column::memcpy, "ns"},
      [=](std::size_t rounds) { return copy_in_turn(to(), payload{size}, rounds); }));
}

void plan_vectors(plan& p, std::uint32_t size, std::uint32_t vectors, const rings& to) {
  const char* const figure =
      size == 64 ? "sendv of 64 B, by vectors" : "sendv of 64 KiB, by vectors";
  p.add(v4v::bench::cost({v4v::bench::suite::hypercall, figure,
                          place{static_cast<double>(vectors), "vectors"}, column::v4v, "ns"},
                         [=](std::size_t rounds) {
                           return send_in_turn(to(), payload{size, vectors}, rounds);
                         }));
}

}  // namespace

void plan_sends(plan& p) {
  // Those of 128 MiB are made once: to touch them takes its time.
  const rings large = make_rings(large_rings, V4V_MAX_RING_LEN);
  for (const std::size_t size :
       p.sizes({64, 4 << 10, 64 << 10, 1 << 20},
               {64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20}, largest)) {
    const auto bytes = static_cast<std::uint32_t>(size);
    plan_size(p, "sendv", bytes, make_rings(1, cached_len(bytes)));
    plan_size(p, "sendv, large rings", bytes, large);
  }
  const rings of_usual_length = make_rings(1, 1 << 18);
  for (const std::uint32_t size : {64u, 64u << 10}) {
    for (const std::size_t vectors : p.counts({1, 8, 128}, {1, 2, 8, 32, 128}))
      plan_vectors(p, size, static_cast<std::uint32_t>(vectors), of_usual_length);
  }
}

}  // namespace v4v::hv::bench
