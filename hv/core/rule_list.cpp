#include "core/rule_list.hpp"

#include <new>

#include "core/errors.hpp"

namespace v4v::hv {
namespace {

constexpr std::uint32_t first_capacity = 32;

constexpr bool matches_domain(const v4v_addr& pattern, std::uint16_t domain) noexcept {
  return pattern.domain == V4V_DOMAIN_ANY || pattern.domain == domain;
}

constexpr bool matches(const v4v_addr& pattern, const v4v_addr& a) noexcept {
  return (pattern.port == V4V_PORT_ANY || pattern.port == a.port) &&
         matches_domain(pattern, a.domain);
}

constexpr bool same(const v4v_addr& a, const v4v_addr& b) noexcept {
  return a.port == b.port && a.domain == b.domain;
}

}  // namespace

void rule_list::release(port& host) noexcept {
  if (rules_ != nullptr) host.free(rules_);
}

bool rule_list::make_room(port& host) noexcept {
  if (count_ < capacity_) return true;
  const std::uint32_t capacity = capacity_ == 0 ? first_capacity : 2 * capacity_;
  void* memory = host.allocate(capacity * sizeof(v4v_rule));
  if (memory == nullptr) return false;
  auto* rules = static_cast<v4v_rule*>(memory);
  for (std::uint32_t i = 0; i < count_; ++i)
    new (rules + i) v4v_rule{rules_[i]};
  release(host);
  rules_ = rules;
  capacity_ = capacity;
  return true;
}

long rule_list::add(port& host, const v4v_rule& rule, std::uint64_t position) noexcept {
  if (count_ == V4V_MAX_RULES) return error::no_space;
  if (!make_room(host)) return error::no_memory;
  std::uint32_t at = count_++;
  for (; at >= position; --at)
    new (rules_ + at) v4v_rule{rules_[at - 1]};
  new (rules_ + at) v4v_rule{rule};
  return 0;
}

long rule_list::remove_at(std::uint64_t position) noexcept {
  if (position > count_) return error::no_entry;
  --count_;
  for (auto at = static_cast<std::uint32_t>(position - 1); at < count_; ++at)
    rules_[at] = rules_[at + 1];
  return 0;
}

long rule_list::remove_equal(const v4v_addr& src, const v4v_addr& dst) noexcept {
  std::uint64_t position = 1;
  for (const v4v_rule& rule : *this) {
    if (same(rule.src, src) && same(rule.dst, dst)) return remove_at(position);
    ++position;
  }
  return error::no_entry;
}

bool rule_list::accepts(const v4v_addr& src, const v4v_addr& dst) const noexcept {
  for (const v4v_rule& rule : *this) {
    if (matches(rule.src, src) && matches(rule.dst, dst)) return rule.accept != 0;
  }
  return accept_by_default_;
}

bool rule_list::reveals(std::uint16_t src, const v4v_addr& dst) const noexcept {
  for (const v4v_rule& rule : *this) {
    if (!matches_domain(rule.src, src) || !matches(rule.dst, dst)) continue;
    // It decides for all ports that no rule before it spoke of, and those are never all.
    if (rule.src.port == V4V_PORT_ANY) return rule.accept != 0;
    // For one port, it does not say the last word if one before it rejects that port.
    if (rule.accept != 0 && accepts({rule.src.port, src, 0}, dst)) return true;
  }
  return accept_by_default_;
}

}  // namespace v4v::hv
