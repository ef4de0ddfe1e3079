#include "core/ring_table.hpp"

#include <new>

#include "core/errors.hpp"

namespace v4v::hv {

bool ring_table::allocate(port& host, std::uint32_t limit) noexcept {
  using word = std::atomic<std::uint64_t>;
  static_assert(alignof(word) <= alignof(ring*));

  std::uint32_t bits = 1;
  while (std::uint32_t{1} << bits < limit)
    ++bits;
  const std::uint32_t buckets = std::uint32_t{1} << bits;
  const std::uint32_t words = waiting_rings::words_for(limit);

  const std::size_t pointers = std::size_t{limit} + buckets;
  void* memory = host.allocate(pointers * sizeof(ring*) + words * sizeof(word));
  if (memory == nullptr) return false;

  release(host);
  slots_ = static_cast<ring**>(memory);
  for (std::size_t i = 0; i < pointers; ++i)
    new (slots_ + i) ring* {nullptr};
  buckets_ = slots_ + limit;
  auto* waiting_words = static_cast<word*>(static_cast<void*>(slots_ + pointers));
  for (std::uint32_t i = 0; i < words; ++i)
    new (waiting_words + i) word{0};
  waiting.use(waiting_words, words);
  limit_ = limit;
  hash_shift_ = 64 - bits;
  return true;
}

void ring_table::release(port& host) noexcept {
  if (slots_ != nullptr) host.free(slots_);
}

ring*& ring_table::bucket(const ring_key& key) const noexcept {
  // Multiplicative hashing: the upper bits of the product depend on all bits of the key.
  const std::uint64_t bits = std::uint64_t{key.port} << 16 | key.partner;
  return buckets_[(bits * UINT64_C(0x9e3779b97f4a7c15)) >> hash_shift_];
}

ring* ring_table::find(const ring_key& key) const noexcept {
  ring* r = bucket(key);
  while (r != nullptr && r->key() != key)
    r = r->next;
  return r;
}

ring* ring_table::find_for(std::uint32_t port, std::uint16_t sender) const noexcept {
  if (ring* own = find({port, sender})) return own;
  return find({port, V4V_DOMAIN_ANY});
}

long ring_table::admits(const ring_key& key) const noexcept {
  if (find(key) != nullptr) return error::exists;
  if (count() == limit_) return error::no_space;
  return 0;
}

void ring_table::insert(ring& r) noexcept {
  while (slots_[r.slot] != nullptr)
    ++r.slot;
  slots_[r.slot] = &r;
  ring*& head = bucket(r.key());
  r.next = head;
  head = &r;
  count_.fetch_add(1, std::memory_order_relaxed);
}

void ring_table::erase(ring& r) noexcept {
  ring** at = &bucket(r.key());
  while (*at != &r)
    at = &(*at)->next;
  *at = r.next;
  slots_[r.slot] = nullptr;
  if (!r.waiters.empty()) waiting.remove(r.slot);
}

}  // namespace v4v::hv
