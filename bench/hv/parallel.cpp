// Sends from one and from two threads, each a domain of its own: to one ring, to two rings of one
// domain, to rings of two domains.

#include <memory>

#include "domains.hpp"
#include "measure/columns.hpp"
#include "measure/two_threads.hpp"
#include "steps.hpp"

namespace v4v::hv::bench {
namespace {

constexpr std::uint32_t senders = 2;
constexpr std::uint32_t parallel_len = 1 << 20;

enum class targets { one_ring, rings_of_one_domain, rings_of_two_domains };

struct world_of_two {
  embedded hv;
  receiver first{hv, 1, senders, parallel_len};
  receiver second{hv, 2, senders, parallel_len};
  guest guests[senders] = {{hv, 10}, {hv, 11}};
};

// A ring that both send to is full now and then: what was not sent is tried again.
void send(world_of_two& w, targets to, std::uint32_t self, std::size_t rounds) {
  const payload message{64};
  const bool other_domain = to == targets::rings_of_two_domains && self == 1;
  stream_of_messages stream{w.guests[self], other_domain ? w.second : w.first,
                            to == targets::one_ring ? 1 : self + 1, 2 * senders};
  while (rounds != 0)
    if (stream.send(message.vectors(), message.size())) --rounds;
}

void plan_targets(plan& p, const char* figure, targets to) {
  const v4v::bench::made_once<world_of_two> world{[] { return std::make_unique<world_of_two>(); }};
  constexpr double million = 1e6;
  p.add(v4v::bench::rate({v4v::bench::suite::hypercall, figure, place{1, "threads"},
                          v4v::bench::column::v4v, "million/s"},
                         1 / million, [=](std::size_t rounds) {
                           world_of_two& w = world();
                           const v4v::bench::stopwatch time;
                           send(w, to, 0, rounds);
                           return outcome{time.seconds()};
                         }));
  p.add(v4v::bench::rate({v4v::bench::suite::hypercall, figure, place{2, "threads"},
                          v4v::bench::column::v4v, "million/s"},
                         2 / million, [=](std::size_t rounds) {
                           world_of_two& w = world();
                           const v4v::bench::stopwatch time;
                           v4v::bench::on_two_threads([&] { send(w, to, 1, rounds); },
                                                      [&] { send(w, to, 0, rounds); });
                           return outcome{time.seconds()};
                         }));
}

}  // namespace

void plan_parallel(plan& p) {
  plan_targets(p, "sendv to one ring", targets::one_ring);
  plan_targets(p, "sendv to rings of one domain", targets::rings_of_one_domain);
  plan_targets(p, "sendv to rings of two domains", targets::rings_of_two_domains);
}

}  // namespace v4v::hv::bench
