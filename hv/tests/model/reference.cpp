#include "tests/model/reference.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace v4v::hv::testing {
namespace {

std::uint64_t bytes_on_ring(std::uint64_t payload) { return 16 + (payload + 15) / 16 * 16; }

bool is_position(std::uint32_t at, std::uint32_t len) { return at % 16 == 0 && at < len; }

reference::message own_message_of(domain_id who) {
  return {who, 0, V4V_MESSAGE_DGRAM, std::string{own_text}};
}

// A ring never fills to the last byte, and everything in it is a multiple of 16.
bool fits(const reference::place& p, std::uint64_t bytes) {
  return !p.broken() && p.used() + bytes <= p.len - 16;
}

}  // namespace

bool reference::place::broken() const { return !is_position(rx_there, len); }

std::uint32_t reference::place::used() const {
  std::uint64_t sum = 0;
  for (const message& m : messages)
    sum += bytes_on_ring(m.payload.size());
  return static_cast<std::uint32_t>(sum);
}

answer reference::perform(const operation& o) {
  now_ = {};
  now_.result = std::visit([&](const auto& some) { return on(some); }, o);
  note(std::string{name_of(o)} + ": " + (now_.result < 0 ? name_of_result(now_.result) : "ok"));
  return now_;
}

long reference::pinned() const {
  long pages = 0;
  for (const auto& [id, d] : domains_) {
    for (const place& p : d.places)
      pages += p.registered ? (64 + long{p.len} + 4095) / 4096 : 0;
    pages += d.activity ? 1 : 0;
  }
  return pages;
}

// ---- Rings ----

long reference::on(const register_ring_op& o) {
  using enum register_ring_op::mistake;
  using enum register_ring_op::content;
  domain& d = domains_.at(o.caller);
  place& p = d.places[o.place];

  if (o.found != as_it_stands) {  // the guest puts that there, whatever becomes of it
    p.len = o.len;
    const v4v_ring header = header_of(o);
    p.rx = p.rx_there = header.rx_ptr;
    p.tx = p.tx_there = header.tx_ptr;
    p.messages.clear();
    if (o.found == own_message) p.messages.push_back(own_message_of(o.caller));
  }

  const bool bad_rx = p.broken();
  if (o.wrong == no_such_header) return -EFAULT;
  if (o.wrong != none && o.wrong != no_such_page && o.wrong != odd_rx && o.wrong != rx_too_far) {
    return -EINVAL;
  }
  if (d.rings.contains({o.port, o.partner})) return -EEXIST;
  if (d.rings.size() >= d.max_rings) return -ENOSPC;
  if (o.wrong == no_such_page) return -EFAULT;
  if (bad_rx) return -EINVAL;

  if (is_position(p.tx_there, p.len)) {
    if (!p.messages.empty()) note("register: messages survive");
  } else {
    p.tx_there = p.rx_there;
    p.messages.clear();
    note("register: a bogus tx_ptr");
  }
  p.rx = p.rx_there;
  p.tx = p.tx_there;
  p.registered = true;
  d.rings[{o.port, o.partner}] = {o.place, ++rings_so_far_, o.reserved};
  if (o.reserved > V4V_ACTIVITY_SLOTS) note("register: a slot beyond the page");
  if (domains_.contains(o.partner)) {
    note("register: an event for the partner");
    if (const auto any = d.rings.find({o.port, V4V_DOMAIN_ANY});
        any != d.rings.end() && any->second.waiters.contains(o.partner)) {
      note("register: the partner waited at the ring for any");
    }
  }
  tell(o.partner, V4V_ACTIVITY_ROOM);
  return 0;
}

long reference::on(const unregister_ring_op& o) {
  using enum unregister_ring_op::mistake;
  if (o.wrong == no_such_header) return -EFAULT;
  if (o.wrong == magic) return -EINVAL;
  domain& d = domains_.at(o.caller);
  const auto found = d.rings.find({o.port, o.partner});
  if (found == d.rings.end()) return -ENOENT;
  for (const auto& [who, bytes] : found->second.waiters) {
    note("unregister: a waiter gets an event");
    tell(who, V4V_ACTIVITY_ROOM);
  }
  if (domains_.contains(o.partner)) note("unregister: the partner gets an event");
  tell(o.partner, V4V_ACTIVITY_GONE);
  d.places[found->second.place].registered = false;
  d.rings.erase(found);
  return 0;
}

const reference::ring* reference::target(domain_id sender, domain_id to, std::uint32_t port) const {
  const auto owner = domains_.find(to);
  if (owner == domains_.end()) return nullptr;
  for (const domain_id partner : {sender, domain_id{V4V_DOMAIN_ANY}}) {
    const auto found = owner->second.rings.find({port, partner});
    if (found != owner->second.rings.end()) return &found->second;
  }
  return nullptr;
}

reference::ring* reference::target(domain_id sender, domain_id to, std::uint32_t port) {
  ring* chosen = const_cast<ring*>(std::as_const(*this).target(sender, to, port));
  if (chosen == nullptr) return nullptr;
  const auto& rings = domains_.at(to).rings;
  if (rings.contains({port, sender}) && rings.contains({port, V4V_DOMAIN_ANY})) {
    note("ring: the partner's is preferred");
  }
  return chosen;
}

// ---- Sending ----

long reference::on(const sendv_op& o) {
  using enum sendv_op::mistake;
  domain& caller = domains_.at(o.caller);
  const auto size = static_cast<std::uint32_t>(o.size.offset);
  const auto fail = [&](long result) {
    ++counts_.failed;
    return result;
  };
  if (o.pieces > caller.max_sendv) return fail(-ENOSPC);
  if (o.wrong == address || o.wrong == vector) return fail(-EFAULT);
  if (size > caller.max_send_size) {
    note("sendv: over max_send_size");
    return fail(-EMSGSIZE);
  }
  ring* r = target(o.caller, o.to, o.port);
  if (r == nullptr) {
    if (domains_.contains(o.to)) note("sendv: no such ring");
    return fail(-ECONNREFUSED);
  }
  if (!accepts({o.from_port, o.caller, 0}, {o.port, o.to, 0})) {
    note("sendv: rejected by a rule");
    return fail(-ECONNREFUSED);
  }
  place& p = domains_.at(o.to).places[r->place];
  if (size > p.len - 32) {
    if (size == p.len - 31) note("sendv: one byte too many for ever");
    return fail(-EMSGSIZE);
  }
  if (!fits(p, bytes_on_ring(size))) {
    if (p.broken()) note("sendv: into a ring whose owner broke it");
    wait(*r, o.caller, bytes_on_ring(size));
    ++counts_.would_block;
    return -EAGAIN;
  }
  if (o.wrong == last_piece) return fail(-EFAULT);
  if (r->waiters.contains(o.caller)) note("sendv: succeeds while a wait stands");
  if (size == p.len - 32) note("sendv: as much as can ever fit");
  append(domains_.at(o.to), *r,
         {o.caller, o.from_port, o.type, std::string{text_of(o.text, size)}});
  event_for(o.to);
  return static_cast<long>(size);
}

void reference::append(domain& owner, ring& r, const message& m) {
  place& p = owner.places[r.place];
  if (p.tx + 16 + m.payload.size() > p.len) note("sendv: round the end of the ring");
  if (64 + p.tx < 4096 && 64 + p.tx + 16 + m.payload.size() > 4096) {
    note("sendv: over the end of a page");
  }
  p.messages.push_back(m);
  p.tx = static_cast<std::uint32_t>((p.tx + bytes_on_ring(m.payload.size())) % p.len);
  p.tx_there = p.tx;
  ++counts_.messages;
  counts_.bytes += m.payload.size();
  if (r.reserved != 0 && r.reserved <= V4V_ACTIVITY_SLOTS) mark(owner, r.reserved - 1);
}

void reference::mark(domain& of, std::uint32_t slot) {
  if (!of.activity) return;
  note(of.bits[*of.activity].insert(slot).second ? "activity: a bit is set"
                                                 : "activity: a bit was set");
}

void reference::wait(ring& r, domain_id who, std::uint64_t bytes) {
  if (const auto before = r.waiters.find(who); before != r.waiters.end()) {
    if (bytes > before->second) note("wait: replaced by a larger one");
    if (bytes < before->second) note("wait: replaced by a smaller one");
  }
  r.dead_waiters.erase(who);
  r.waiters[who] = bytes;
}

// ---- Notify ----

void reference::wake_waiters_of(domain& owner) {
  for (auto& [name, r] : owner.rings) {
    const place& p = owner.places[r.place];
    const auto has_room = [&](const auto& waiter) { return fits(p, waiter.second); };
    for (const auto& waiter : r.waiters) {
      if (!has_room(waiter)) {
        note(p.broken() ? "notify: a broken ring wakes nobody" : "notify: not enough for a waiter");
        continue;
      }
      note("notify: a waiter gets an event");
      tell(waiter.first, V4V_ACTIVITY_ROOM);
    }
    std::erase_if(r.waiters, has_room);
    for (const auto& waiter : r.dead_waiters) {
      if (has_room(waiter) && domains_.contains(waiter.first)) {
        note("notify: no event for what a domain before this one waited for");
      }
    }
    std::erase_if(r.dead_waiters, has_room);
  }
}

long reference::on(const notify_op& o) {
  using enum notify_op::mistake;
  domain& caller = domains_.at(o.caller);
  wake_waiters_of(caller);
  if (!o.asks) return 0;
  if (o.wrong == no_such_block) return -EFAULT;
  if (o.wrong == magic) return -EINVAL;
  if (o.questions.size() > caller.max_notify) return -ENOSPC;
  for (const question& q : o.questions)
    now_.entries.push_back(reply(o.caller, q));
  return 0;
}

v4v_ring_data_ent reference::reply(domain_id caller, const question& q) {
  const auto space = static_cast<std::uint32_t>(q.space.offset);
  v4v_ring_data_ent e{{q.port, q.to, 0}, 0, 0, space, 0};
  ring* r = target(caller, q.to, q.port);
  if (r == nullptr) return e;
  if (hidden(caller, e.ring)) {
    note("notify: a ring is hidden");
    return e;
  }
  const place& p = domains_.at(q.to).places[r->place];
  e.flags = V4V_RING_EXISTS;
  e.generation = r->serial;
  e.max_message_size = p.len - 32;
  if (!p.broken() && p.messages.empty()) e.flags |= V4V_RING_EMPTY;
  if (fits(p, bytes_on_ring(space))) {
    e.flags |= V4V_RING_SUFFICIENT;
    if (r->waiters.contains(caller)) note("notify: sufficient ends a wait");
    r->waiters.erase(caller);
  } else {
    e.flags |= V4V_RING_PENDING;
    if (space > p.len - 32) note("notify: waits for a ring to go");
    wait(*r, caller, bytes_on_ring(space));
  }
  if (p.broken()) note("notify: asks about a ring whose owner broke it");
  auto& last = last_serial_[{caller, q.to, q.port}];
  if (last != 0 && last != r->serial) note("notify: another generation");
  last = r->serial;
  note("notify: flags " + std::to_string(e.flags));
  return e;
}

}  // namespace v4v::hv::testing
