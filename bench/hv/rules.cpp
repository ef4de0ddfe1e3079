// sendv behind so many rules that do not match, which are those that take longest: about other
// senders, as an administrator's are for any one of them, or about this one and other ports.

#include <memory>

#include "domains.hpp"
#include "measure/columns.hpp"
#include "steps.hpp"

namespace v4v::hv::bench {
namespace {

constexpr std::uint16_t receiver_id = 1;
constexpr std::uint16_t sender_id = 2;

enum class rules_about { other_senders, other_ports };

struct behind_rules {
  behind_rules(rules_about what, std::size_t count) {
    const auto control = hv.create_domain(0, privilege::control);
    for (std::uint32_t n = 0; n < count; ++n) {
      const v4v_rule rule =
          what == rules_about::other_senders
              ? v4v_rule{{0, static_cast<std::uint16_t>(100 + n), 0}, {0, receiver_id, 0}, 0}
              : v4v_rule{{0, sender_id, 0}, {100 + n, receiver_id, 0}, 0};
      require(control->hypercall(V4V_OP_tables_add, address_of(&rule), 0, n + 1, 0) == 0,
              "cannot add a rule");
    }
  }
  embedded hv;
  receiver to{hv, receiver_id, 1, 1 << 16};
  guest from{hv, sender_id};
  stream_of_messages stream{from, to, 1};
};

void plan_some(plan& p, const char* figure, rules_about what, std::size_t count) {
  const v4v::bench::made_once<behind_rules> world{
      [=] { return std::make_unique<behind_rules>(what, count); }};
  p.add(v4v::bench::cost(
      {v4v::bench::suite::hypercall, figure, place{static_cast<double>(count), "rules"},
       v4v::bench::column::v4v, "ns"},
      [=](std::size_t rounds) {
        stream_of_messages& stream = world().stream;
        const payload message{64};
        return repeat(rounds,
                      [&] { require(stream.send(message.vectors(), message.size()), "not sent"); });
      }));
}

}  // namespace

void plan_rules(plan& p) {
  for (const std::size_t count : p.counts({0, 100}, {0, 10, 100, 1000})) {
    plan_some(p, "sendv behind rules about other senders", rules_about::other_senders, count);
    plan_some(p, "sendv behind rules about other ports", rules_about::other_ports, count);
  }
}

}  // namespace v4v::hv::bench
