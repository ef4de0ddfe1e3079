// notify by the number of its questions, each answered with "exists, and there is room".

#include <cstddef>

#include "domains.hpp"
#include "measure/columns.hpp"
#include "steps.hpp"

namespace v4v::hv::bench {
namespace {

constexpr std::uint32_t asked_rings = 64;

struct questions {
  v4v_ring_data head;
  v4v_ring_data_ent entries[V4V_DEFAULT_MAX_NOTIFY];
};
static_assert(offsetof(questions, entries) == sizeof(v4v_ring_data));

outcome ask(std::uint32_t count, std::size_t rounds) {
  embedded hv;
  receiver to{hv, 1, asked_rings, 4096};
  guest from{hv, 2};
  questions q{{V4V_RING_DATA_MAGIC, count, 0, {}}, {}};
  for (std::uint32_t i = 0; i < count; ++i)
    q.entries[i] = {{1 + i % asked_rings, to.id(), 0}, 0, 0, 64, 0};
  v4v_ring_data* const asked = count == 0 ? nullptr : &q.head;
  outcome o = repeat(rounds, [&] { require(from.notify(asked) == 0, "no answer"); });
  for (std::uint32_t i = 0; i < count; ++i) {
    constexpr int wanted = V4V_RING_EXISTS | V4V_RING_SUFFICIENT;
    require((q.entries[i].flags & wanted) == wanted, "another answer");
  }
  return o;
}

}  // namespace

void plan_questions(plan& p) {
  for (const std::size_t count : p.counts({0, 1, 64}, {0, 1, 16, 64, 256})) {
    p.add(v4v::bench::cost(
        {v4v::bench::suite::hypercall, "notify", place{static_cast<double>(count), "entries"},
         v4v::bench::column::v4v, "ns"},
        [=](std::size_t n) { return ask(static_cast<std::uint32_t>(count), n); }));
  }
}

}  // namespace v4v::hv::bench
