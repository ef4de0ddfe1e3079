#include "core/domain_table.hpp"

#include <new>

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
  return 0;
}

void domain_table::release(port& host) noexcept {
  for (leaf* l : leaves_) {
    if (l != nullptr) host.free(l);
  }
}

}  // namespace v4v::hv
