#include <algorithm>
#include <cerrno>

#include "tests/model/reference.hpp"

namespace v4v::hv::testing {
namespace {

bool matches(const v4v_addr& pattern, const v4v_addr& a) {
  return (pattern.port == V4V_PORT_ANY || pattern.port == a.port) &&
         (pattern.domain == V4V_DOMAIN_ANY || pattern.domain == a.domain);
}

bool equal(const v4v_addr& a, const v4v_addr& b) {
  return a.port == b.port && a.domain == b.domain;
}

}  // namespace

// ---- Rules ----

bool reference::accepts(v4v_addr src, v4v_addr dst) const {
  for (const v4v_rule& rule : rules_) {
    if (matches(rule.src, src) && matches(rule.dst, dst)) return rule.accept != 0;
  }
  return accept_by_default_;
}

// Whatever port it sends from: all ports of which no rule speaks are alike, so one of them, and
// each of which some rule does, are all that have to be tried.
bool reference::hidden(domain_id from, v4v_addr dst) {
  std::set<std::uint32_t> ports;
  for (const v4v_rule& rule : rules_)
    ports.insert(rule.src.port);
  std::uint32_t other = 1;
  while (ports.contains(other))
    ++other;
  ports.erase(V4V_PORT_ANY);

  const bool from_any = accepts({other, from, 0}, dst);
  const auto by_some = std::ranges::count_if(ports, [&](std::uint32_t port) {
    return accepts({port, from, 0}, dst);
  });
  if (!from_any && by_some > 0) note("rules: one source port reveals a ring");
  const bool all_rejected = !from_any && by_some == 0;
  const auto accepts_in_vain = [&](const v4v_rule& rule) {
    return rule.accept != 0 && matches(rule.src, {rule.src.port, from, 0}) &&
           matches(rule.dst, dst);
  };
  if (all_rejected && std::ranges::any_of(rules_, accepts_in_vain)) {
    note("rules: a ring is hidden before a rule that would reveal it");
  }
  return all_rejected;
}

long reference::on(const tables_add_op& o) {
  if (!domains_.at(o.caller).privileged) return -EPERM;
  if (o.position == 0) return -EINVAL;
  if (o.no_such_rule) return -EFAULT;
  if (std::max(o.rule.src.domain, o.rule.dst.domain) > V4V_DOMAIN_ANY) return -EINVAL;
  if (rules_.size() >= V4V_MAX_RULES) return -ENOSPC;
  const auto at = std::min<std::uint64_t>(o.position - 1, rules_.size());
  if (at < rules_.size()) note("tables_add: before another");
  if (o.position - 1 > rules_.size()) note("tables_add: far past the end");
  rules_.insert(rules_.begin() + static_cast<std::ptrdiff_t>(at), o.rule);
  return 0;
}

long reference::on(const tables_del_op& o) {
  if (!domains_.at(o.caller).privileged) return -EPERM;
  const bool no_position = o.position == 0 || o.position == UINT32_MAX || o.position == UINT64_MAX;
  auto gone = rules_.end();
  if (!no_position) {
    if (o.position <= rules_.size()) gone = rules_.begin() + static_cast<long>(o.position - 1);
  } else if (!o.by_rule) {
    note("tables_del: all");
    rules_.clear();
    return 0;
  } else {
    gone = std::ranges::find_if(rules_, [&](const v4v_rule& rule) {
      return equal(rule.src, o.rule.src) && equal(rule.dst, o.rule.dst);
    });
    if (gone != rules_.end()) note("tables_del: an equal one");
    if (gone != rules_.end() && gone->accept != o.rule.accept) note("tables_del: accept differs");
  }
  if (gone == rules_.end()) return -ENOENT;
  rules_.erase(gone);
  return 0;
}

long reference::on(const tables_list_op& o) {
  if (!domains_.at(o.caller).privileged) return -EPERM;
  if (o.start == 0 || o.count == 0) return -EINVAL;
  for (std::size_t i = o.start - 1; i < rules_.size() && now_.rules.size() < o.count; ++i)
    now_.rules.push_back(rules_[i]);
  if (now_.rules.empty()) note("tables_list: past the end");
  if (now_.rules.size() == o.count) note("tables_list: as many as there is room for");
  if (!now_.rules.empty() && o.start > 1) note("tables_list: from a later one on");
  return 0;
}

long reference::on(const many_rules_op&) {
  while (rules_.size() < V4V_MAX_RULES - 1)
    rules_.push_back({{77, 777, 0}, {77, 777, 0}, 0});
  return 0;
}

// ---- Limits ----

long reference::on(const config_op& o) {
  if (!domains_.at(o.caller).privileged) return -EPERM;
  if (o.limits.max_rings > V4V_MAX_RINGS || o.limits.max_sendv > V4V_MAX_SENDV ||
      o.limits.max_notify > V4V_MAX_NOTIFY) {
    return -EINVAL;
  }
  const auto target = domains_.find(o.limits.target_id);
  if (target == domains_.end()) return -ENOENT;
  if (!target->second.rings.empty()) return -EBUSY;
  target->second.max_rings = o.limits.max_rings;
  target->second.max_sendv = o.limits.max_sendv;
  target->second.max_notify = o.limits.max_notify;
  target->second.max_send_size = o.limits.max_send_size;
  return 0;
}

long reference::on(const info_op& o) {
  const domain& d = domains_.at(o.caller);
  now_.info = {V4V_RING_MAGIC, V4V_RING_DATA_MAGIC, 100u + o.caller, d.max_rings,
               d.max_sendv,    d.max_notify,        d.max_send_size, 0};
  return 0;
}

long reference::on(const unknown_op&) { return -ENOSYS; }

// ---- Activity pages ----

long reference::on(const activity_op& o) {
  using enum activity_op::mistake;
  domain& d = domains_.at(o.caller);
  if (o.take_back) {
    if (d.activity) note("activity: taken back");
    d.activity.reset();
    return 0;
  }
  if (o.wrong == no_such_page) return -EFAULT;
  if (o.wrong != none) return -EINVAL;
  if (d.activity) note("activity: one page in place of another");
  d.activity = o.page;
  return 0;
}

long reference::on(const clear_bits_op& o) {
  for (auto& bits : domains_.at(o.caller).bits)
    bits.clear();
  return 0;
}

// ---- The owner's half of a ring ----

long reference::on(const receive_op& o) {
  place& p = domains_.at(o.caller).places[o.place];
  for (std::uint32_t i = 0; i < o.count && !p.messages.empty(); ++i) {
    const auto size = static_cast<std::uint32_t>(p.messages.front().payload.size());
    p.rx = (p.rx + 16 + (size + 15) / 16 * 16) % p.len;
    p.messages.pop_front();
    note("receive: a message");
  }
  p.rx_there = p.rx;
  return 0;
}

long reference::on(const meddle_op& o) {
  using enum meddle_op::deed;
  place& p = domains_.at(o.caller).places[o.place];
  switch (o.what) {
    case odd_rx:
      p.rx_there = p.rx + 8;
      break;
    case rx_at_end:
      p.rx_there = p.len;
      break;
    case huge_rx:
      p.rx_there = 0xfffffff0;
      break;
    case mend_rx:
      p.rx_there = p.rx;
      break;
    case spoil_the_rest:
      p.tx_there = 0xfffffff0;
      break;
  }
  return 0;
}

// ---- Domains ----

long reference::on(const death_op& o) {
  const auto gone = domains_.extract(o.caller);
  for (const auto& [name, r] : gone.mapped().rings) {
    if (!r.waiters.empty()) note("death: somebody waits for the dead");
  }
  for (auto& [id, other] : domains_) {
    tell(id, V4V_ACTIVITY_GONE);
    for (auto& [name, r] : other.rings) {
      if (const auto void_now = r.waiters.extract(o.caller)) {
        note("death: of somebody who waits");
        r.dead_waiters[o.caller] = void_now.mapped();
      }
    }
  }
  return 0;
}

long reference::on(const birth_op& o) {
  domains_[o.caller].privileged = o.privileged;
  return 0;
}

long reference::on(const yield_op&) { return 0; }

}  // namespace v4v::hv::testing
