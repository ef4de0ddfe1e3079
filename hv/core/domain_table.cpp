#include "core/domain_table.hpp"

#include <new>

#include "core/domain.hpp"
#include "core/errors.hpp"

namespace v4v::hv {

long domain_table::insert(port& host, std::uint16_t id, domain& d) noexcept {
  if (id >= V4V_DOMAIN_ANY) return error::invalid;
  leaf*& l = leaves_[id / leaf_size];
  if (l == nullptr) {
    void* memory = host.allocate(sizeof(leaf));
    if (memory == nullptr) return error::no_memory;
    l = new (memory) leaf{};
  }
  domain*& at = l->domains[id % leaf_size];
  if (at != nullptr) return error::exists;
  at = &d;
  d.generations.store(l->generations[id % leaf_size], std::memory_order_relaxed);
  return 0;
}

void domain_table::erase(const domain& d) noexcept {
  leaf& l = *leaves_[d.id() / leaf_size];
  l.domains[d.id() % leaf_size] = nullptr;
  l.generations[d.id() % leaf_size] = d.generations.load(std::memory_order_relaxed);
}

void domain_table::release(port& host) noexcept {
  for (leaf* l : leaves_) {
    if (l != nullptr) host.free(l);
  }
}

}  // namespace v4v::hv
