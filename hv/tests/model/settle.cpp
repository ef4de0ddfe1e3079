#include "tests/model/settle.hpp"

#include <algorithm>

namespace v4v::hv::testing {
namespace {

struct found_ring {
  domain_id owner;
  reference::ring_name name;
  std::size_t place;
};

std::optional<found_ring> find(nth_ring nth, const reference& now) {
  std::vector<found_ring> all;
  for (const auto& [id, d] : now.domains()) {
    for (const auto& [name, r] : d.rings)
      all.push_back({id, name, r.place});
  }
  if (nth == 0 || all.empty()) return std::nullopt;
  return all[(nth - 1) % all.size()];
}

void settle_amount(amount& a, domain_id caller, domain_id to, std::uint32_t port,
                   const reference& now) {
  std::int64_t base = 0;
  const reference::ring* r = now.target(caller, to, port);
  if (r != nullptr && a.from != amount::base::bytes) {
    const reference::place& p = now.domains().at(to).places[r->place];
    base = std::int64_t{p.len} - 32 - (a.from == amount::base::now ? p.used() : 0);
  }
  a = {amount::base::bytes, std::clamp<std::int64_t>(base + a.offset, 0, UINT32_MAX)};
}

// Each of these: false if it cannot happen. Of the caller's life the general case has seen to.

template <class T>
bool settled(T&, const reference&) {
  return true;
}

// A guest that registers a ring where one is can only do so again: of two rings in one place the
// contents would be undefined.
bool settled(register_ring_op& o, const reference& now) {
  using enum register_ring_op::content;
  using enum register_ring_op::mistake;
  const reference::domain& d = now.domains().at(o.caller);
  const reference::place& p = d.places[o.place];
  o.len = std::min(o.len, o.place == 0 ? largest_ring : largest_of_others);
  if (p.registered) {
    for (const auto& [name, r] : d.rings) {
      if (r.place == o.place) o.port = name.port, o.partner = name.partner;
    }
    o.found = as_it_stands;
  }
  if (o.found == as_it_stands && p.len == 0) o.found = nothing;
  if (o.found == as_it_stands) {
    o.len = p.len;
    if (o.wrong == odd_rx || o.wrong == rx_too_far) o.wrong = none;
  }
  if (o.found == own_message && o.len < 64) o.found = nothing;
  return true;
}

bool settled(unregister_ring_op& o, const reference& now) {
  if (const auto found = find(o.nth, now)) {
    o.caller = found->owner;
    o.port = found->name.port;
    o.partner = found->name.partner;
  }
  return true;
}

bool settled(sendv_op& o, const reference& now) {
  using enum sendv_op::mistake;
  if (const auto found = find(o.nth, now)) {
    o.to = found->owner;
    o.port = found->name.port;
    if (o.as_partner && now.domains().contains(found->name.partner)) {
      o.caller = found->name.partner;
    }
  }
  settle_amount(o.size, o.caller, o.to, o.port, now);
  o.size.offset = o.pieces == 0 ? 0 : std::min<std::int64_t>(o.size.offset, most_bytes_sent);
  if (o.wrong == last_piece && o.size.offset == 0) o.wrong = none;
  if (o.wrong == vector && o.pieces == 0) o.wrong = none;
  return true;
}

bool settled(notify_op& o, const reference& now) {
  if (const auto found = find(o.nth, now)) o.caller = found->owner;
  for (question& q : o.questions) {
    if (const auto found = find(q.nth, now)) {
      q.to = found->owner;
      q.port = found->name.port;
    }
    settle_amount(q.space, o.caller, q.to, q.port, now);
  }
  return true;
}

bool settled(tables_del_op& o, const reference& now) {
  if (o.nth == 0 || now.rules().empty()) return true;
  const v4v_rule& there = now.rules()[(o.nth - 1) % now.rules().size()];
  o.rule = {there.src, there.dst, o.rule.accept};
  return true;
}

bool settled(death_op& o, const reference& now) {
  if (const auto found = find(o.nth, now)) {
    const auto& waiters = now.domains().at(found->owner).rings.at(found->name).waiters;
    if (!waiters.empty()) o.caller = waiters.begin()->first;
  }
  return true;
}

bool settled(many_rules_op& o, const reference& now) {
  return now.domains().at(o.caller).privileged && now.rules().size() < 100;
}

bool settled(receive_op& o, const reference& now) {
  if (const auto found = find(o.nth, now)) o.caller = found->owner, o.place = found->place;
  const reference::place& p = now.domains().at(o.caller).places[o.place];
  o.count = static_cast<std::uint32_t>(std::min<std::size_t>(o.count, p.messages.size()));
  return p.registered && !p.broken();
}

bool settled(meddle_op& o, const reference& now) {
  if (const auto found = find(o.nth, now)) o.caller = found->owner, o.place = found->place;
  return now.domains().at(o.caller).places[o.place].registered;
}

}  // namespace

bool settle(operation& o, const reference& now) {
  const domain_id who = std::visit([](const auto& some) { return some.caller; }, o);
  if (std::holds_alternative<yield_op>(o)) return true;
  if (now.domains().contains(who) == std::holds_alternative<birth_op>(o)) return false;
  return std::visit([&](auto& some) { return settled(some, now); }, o);
}

}  // namespace v4v::hv::testing
