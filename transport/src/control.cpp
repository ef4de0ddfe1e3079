#include "v4v/control.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <span>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>

#include "hypervisor_choice.hpp"
#include "resident.hpp"
#include "xen_cpuid.hpp"
#include "xen_hypercalls.hpp"

namespace v4v {
namespace {

[[noreturn]] void fail(int why, const std::string& what) {
  throw std::system_error(why, std::system_category(), what);
}

// A hypercall with one block of arguments, which the hypervisor may write to.
template <class T>
long call(const hypercall_function& hypercall, std::uint32_t op, std::span<T> block,
          std::uint64_t position = 0) {
  return detail::call_with_memory(
      [&] { return hypercall(op, reinterpret_cast<std::uintptr_t>(block.data()), 0, position, 0); },
      [&] { return detail::make_writable(std::as_writable_bytes(block)); });
}

// What is the same for all operations; `what` was tried.
[[noreturn]] void fail_to(const char* what, long result) {
  const int why = static_cast<int>(-result);
  std::string text = what;
  if (why == EPERM)
    text += " (only a privileged domain may: in Xen, run this in dom0)";
  else if (why == ENOSYS)
    text += " (this hypervisor has no such operation)";
  fail(why, text);
}

std::string text_of(const endpoint& e) {
  std::ostringstream text;
  if (e.domain() == any_domain)
    text << "any domain";
  else
    text << "domain " << e.domain();
  if (e.port() == V4V_PORT_ANY)
    text << " any port";
  else
    text << " port " << e.port();
  return text.str();
}

v4v_addr abi_address(const endpoint& e) noexcept { return {e.port(), e.domain(), 0}; }
endpoint endpoint_at(const v4v_addr& a) noexcept { return {a.domain, a.port}; }

v4v_rule rule_of(const rule& r) noexcept {
  return {abi_address(r.from), abi_address(r.to), r.accept ? 1u : 0u};
}

void expect_domain(const endpoint& e) {
  if (e.domain() > any_domain)
    fail(EINVAL, "a rule about " + text_of(e) + ", and there are none over " +
                     std::to_string(any_domain - 1));
}

void expect_at_most(const char* what, std::uint32_t wanted, std::uint32_t most) {
  if (wanted > most)
    fail(EINVAL, std::to_string(wanted) + " " + what +
                     " are over the most that a domain can have, " + std::to_string(most));
}

control xen_control() {
  const auto xen = std::make_shared<const detail::xen_hypercalls>();
  static_cast<void>(xen->info());  // or the reason why not
  return control([xen](std::uint32_t op, std::uint64_t arg1, std::uint64_t arg2, std::uint64_t arg3,
                       std::uint64_t arg4) { return xen->call(op, arg1, arg2, arg3, arg4); },
                 detail::xen_domain());
}

}  // namespace

control::control(hypercall_function hypercall, std::optional<domain_type> domain)
    : hypercall_(std::move(hypercall)), domain_(domain) {}

domain_info control::info() const {
  v4v_info answer{};
  if (const long r = call(hypercall_, V4V_OP_info, std::span(&answer, 1)); r < 0)
    fail_to("ask for V4V's limits", r);
  if (answer.ring_magic != V4V_RING_MAGIC || answer.data_magic != V4V_RING_DATA_MAGIC)
    fail(EPROTONOSUPPORT, "the hypervisor speaks another version of V4V");
  return {{answer.max_rings, answer.max_sendv, answer.max_notify, answer.max_send_size},
          answer.evtchn};
}

std::vector<rule> control::rules() const {
  // A list of all that there can be, so that it is of one moment.
  constexpr std::size_t header_words = sizeof(v4v_rule_list) / sizeof(std::uint32_t);
  constexpr std::size_t rule_words = sizeof(v4v_rule) / sizeof(std::uint32_t);
  std::vector<std::uint32_t> block(header_words + V4V_MAX_RULES * rule_words);
  auto& list = *new (block.data()) v4v_rule_list{1, V4V_MAX_RULES};
  if (const long r = call(hypercall_, V4V_OP_tables_list, std::span(block)); r < 0)
    fail_to("list the rules", r);
  const std::span all(v4v_rule_list_rules(&list), std::min(list.nb_rules, V4V_MAX_RULES));
  std::vector<rule> rules;
  rules.reserve(all.size());
  for (const v4v_rule& r : all)
    rules.push_back({r.accept != 0, endpoint_at(r.src), endpoint_at(r.dst)});
  return rules;
}

void control::add_rule(const rule& added, std::uint32_t position) const {
  expect_domain(added.from);
  expect_domain(added.to);
  if (position == 0) fail(EINVAL, "a rule at position 0: the first is 1");
  v4v_rule r = rule_of(added);
  const long result = call(hypercall_, V4V_OP_tables_add, std::span(&r, 1), position);
  if (result == -ENOSPC)
    fail(ENOSPC, "add a rule: there are " + std::to_string(V4V_MAX_RULES) +
                     " rules, which is the most (remove some)");
  if (result < 0) fail_to("add a rule", result);
}

void control::remove_rule(std::uint32_t position) const {
  // The hypervisor understands these two as "wherever it is".
  if (position == 0 || position == at_end)
    fail(EINVAL, "remove the rule at position " + std::to_string(position) + ": the first is 1");
  const long result = hypercall_(V4V_OP_tables_del, 0, 0, position, 0);
  if (result == -ENOENT) fail(ENOENT, "there is no rule at position " + std::to_string(position));
  if (result < 0) fail_to("remove a rule", result);
}

void control::remove_rule(const endpoint& from, const endpoint& to) const {
  v4v_rule r = rule_of({false, from, to});
  const long result = call(hypercall_, V4V_OP_tables_del, std::span(&r, 1));
  if (result == -ENOENT)
    fail(ENOENT, "there is no rule from " + text_of(from) + " to " + text_of(to));
  if (result < 0) fail_to("remove a rule", result);
}

void control::remove_all_rules() const {
  if (const long r = hypercall_(V4V_OP_tables_del, 0, 0, 0, 0); r < 0)
    fail_to("remove all rules", r);
}

void control::set_limits(domain_type of, const domain_limits& limits) const {
  expect_at_most("rings", limits.rings, V4V_MAX_RINGS);
  expect_at_most("vectors", limits.vectors, V4V_MAX_SENDV);
  expect_at_most("entries", limits.entries, V4V_MAX_NOTIFY);
  v4v_config wanted{limits.rings, limits.vectors, limits.entries, limits.bytes, of, 0};
  const long result = call(hypercall_, V4V_OP_config, std::span(&wanted, 1));
  const std::string domain = "domain " + std::to_string(of);
  if (result == -ENOENT) fail(ENXIO, "there is no " + domain);
  if (result == -EBUSY)
    fail(EBUSY, domain +
                    " has rings, and limits are for domains that have none yet (end the "
                    "programs there that use V4V)");
  if (result < 0) fail_to("set limits", result);
}

control open_control() {
  switch (detail::chosen_hypervisor()) {
    case detail::hypervisor_kind::xen:
      return xen_control();
  }
  fail(ENODEV, "no hypervisor");
}

}  // namespace v4v
