// sendv and notify behind so many rules that do not match, which are those that take longest: about
// other senders, as an administrator's are for any one of them, or about this one and other ports.

#include <benchmark/benchmark.h>

#include <memory>
#include <stdexcept>

#include "domains.hpp"

namespace v4v::hv::bench {
namespace {

constexpr std::uint16_t receiver_id = 1;
constexpr std::uint16_t sender_id = 2;

enum class rules_about { other_senders, other_ports };

void add_rules(embedded& hv, rules_about what, std::int64_t count) {
  const auto control = hv.create_domain(0, privilege::control);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto n = static_cast<std::uint32_t>(i);
    const v4v_rule rule =
        what == rules_about::other_senders
            ? v4v_rule{{0, static_cast<std::uint16_t>(100 + n), 0}, {0, receiver_id, 0}, 0}
            : v4v_rule{{0, sender_id, 0}, {100 + n, receiver_id, 0}, 0};
    if (control->hypercall(V4V_OP_tables_add, address_of(&rule), 0, n + 1, 0) != 0) {
      throw std::runtime_error{"cannot add a rule"};
    }
  }
}

template <rules_about What>
void sendv_rules(benchmark::State& state) {
  embedded hv;
  add_rules(hv, What, state.range(0));
  receiver to{hv, receiver_id, 1, 1 << 16};
  guest from{hv, sender_id};
  stream_of_messages stream{from, to, 1};
  const payload message{64};
  for (auto _ : state) {
    if (!stream.send(message.vectors(), message.size())) return state.SkipWithError("not sent");
  }
}

void counts(benchmark::internal::Benchmark* b) {
  b->ArgName("rules")->Arg(0)->Arg(10)->Arg(100)->Arg(1000);
}
BENCHMARK_TEMPLATE(sendv_rules, rules_about::other_senders)
    ->Name("sendv_rules_about_other_senders")
    ->Apply(counts);
BENCHMARK_TEMPLATE(sendv_rules, rules_about::other_ports)
    ->Name("sendv_rules_about_other_ports")
    ->Apply(counts);

}  // namespace
}  // namespace v4v::hv::bench
