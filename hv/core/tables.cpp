// The operations on the rules: tables_add, tables_del, tables_list. All of them are privileged,
// which operate() has seen to.

#include "core/errors.hpp"
#include "core/guest_memory.hpp"
#include "core/hypervisor.hpp"

namespace v4v::hv {
namespace {

// Callers of version 9 pass -1 where there is no position, in 32 bits or in 64.
constexpr bool is_no_position(std::uint64_t position) noexcept {
  return position == 0 || position == UINT32_MAX || position == UINT64_MAX;
}

bool read_rule(port& host, const domain& caller, std::uint64_t from, v4v_rule& rule) noexcept {
  if (!read_guest(host, caller, from, rule)) return false;
  rule.src.pad = 0;
  rule.dst.pad = 0;
  return true;
}

}  // namespace

long hypervisor::tables_add(domain& caller, std::uint64_t rule_at,
                            std::uint64_t position) noexcept {
  if (position == 0) return error::invalid;
  v4v_rule rule;
  if (!read_rule(host_, caller, rule_at, rule)) return error::fault;
  // Such a rule would never match, which is not what whoever adds it has in mind.
  if (rule.src.domain > V4V_DOMAIN_ANY || rule.dst.domain > V4V_DOMAIN_ANY) return error::invalid;
  exclusive_guard l1{host_, domains_lock_};
  return rules_.add(host_, rule, position);
}

long hypervisor::tables_del(domain& caller, std::uint64_t rule_at,
                            std::uint64_t position) noexcept {
  if (!is_no_position(position)) {
    exclusive_guard l1{host_, domains_lock_};
    return rules_.remove_at(position);
  }
  if (rule_at == 0) {
    exclusive_guard l1{host_, domains_lock_};
    rules_.clear();
    return 0;
  }
  v4v_rule rule;
  if (!read_rule(host_, caller, rule_at, rule)) return error::fault;
  exclusive_guard l1{host_, domains_lock_};
  return rules_.remove_equal(rule.src, rule.dst);
}

long hypervisor::tables_list(domain& caller, std::uint64_t list_at) noexcept {
  v4v_rule_list list;
  if (!read_guest(host_, caller, list_at, list)) return error::fault;
  if (list.start_rule == 0 || list.nb_rules == 0) return error::invalid;
  const std::uint32_t skipped = list.start_rule - 1;

  // One lock for all of it, so that what is listed is what was there at one moment.
  shared_guard l1{host_, domains_lock_};
  const std::uint32_t left = skipped < rules_.count() ? rules_.count() - skipped : 0;
  if (list.nb_rules > left) list.nb_rules = left;
  if (list.nb_rules != 0 &&
      !host_.copy_to_guest(caller, list_at + sizeof(list), rules_.begin() + skipped,
                           list.nb_rules * sizeof(v4v_rule))) {
    return error::fault;
  }
  return write_guest(host_, caller, list_at + offsetof(v4v_rule_list, nb_rules), list.nb_rules)
             ? 0
             : error::fault;
}

}  // namespace v4v::hv
