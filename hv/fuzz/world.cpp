#include "fuzz/world.hpp"

#include <algorithm>
#include <atomic>

namespace v4v::hv::fuzz {
namespace {

bool same_or_any(const v4v_addr& pattern, std::uint16_t domain, std::uint32_t port) {
  return (pattern.domain == domain || pattern.domain == V4V_DOMAIN_ANY) &&
         (pattern.port == port || pattern.port == V4V_PORT_ANY);
}

}  // namespace

std::uint32_t known_ring::rx() const {
  v4v_ring h;
  std::memcpy(&h, header(), sizeof(h));
  return h.rx_ptr;
}

bool world::accepts(std::uint16_t domain, std::uint32_t port, const v4v_addr& to) const {
  const auto rule = std::find_if(rules.begin(), rules.end(), [&](const v4v_rule& r) {
    return same_or_any(r.src, domain, port) && same_or_any(r.dst, to.domain, to.port);
  });
  return rule == rules.end() ? accept_by_default : rule->accept != 0;
}

bool world::reveals(std::uint16_t domain, const v4v_addr& to) const {
  std::set<std::uint32_t> ports;  // all that rules speak of, and one that none does
  for (const v4v_rule& r : rules)
    ports.insert(r.src.port);
  std::uint32_t other = 1;
  while (ports.contains(other))
    ++other;
  ports.insert(other);
  return std::any_of(ports.begin(), ports.end(),
                     [&](std::uint32_t port) { return accepts(domain, port, to); });
}

known_ring* world::target(const v4v_addr& to, std::uint16_t sender) {
  life* owner = living(to.domain);
  if (owner == nullptr) return nullptr;
  known_ring* own = owner->find(to.port, sender);
  return own != nullptr ? own : owner->find(to.port, V4V_DOMAIN_ANY);
}

bool world::wait(known_ring& r, const life& who, std::uint64_t need, bool memory) {
  for (waiting& w : r.waiters) {
    if (w.id == who.id) {
      w = {who.id, who.number, need};
      return true;
    }
  }
  if (memory && r.waiters.size() < V4V_MAX_WAITERS) {
    r.waiters.push_back({who.id, who.number, need});
    return true;
  }
  // The last of the dead who came gives its place away.
  const auto dead = std::find_if(r.waiters.rbegin(), r.waiters.rend(),
                                 [&](const waiting& x) { return living(x) == nullptr; });
  if (dead == r.waiters.rend()) return false;
  *dead = {who.id, who.number, need};
  return true;
}

}  // namespace v4v::hv::fuzz
