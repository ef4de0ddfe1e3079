#include "core/waiter_list.hpp"

#include <new>

namespace v4v::hv {

bool waiter_list::put(port& host, std::uint16_t domain, std::uint64_t birth,
                      std::uint64_t need) noexcept {
  for (waiter* w = first_; w != nullptr; w = w->next) {
    if (w->domain == domain) {
      w->birth = birth;
      w->need = need;
      return true;
    }
  }
  if (count_ == V4V_MAX_WAITERS) return false;
  void* memory = host.allocate(sizeof(waiter));
  if (memory == nullptr) return false;
  first_ = new (memory) waiter{first_, need, birth, domain};
  ++count_;
  return true;
}

void waiter_list::release(port& host, waiter* chain) noexcept {
  while (chain != nullptr) {
    waiter* next = chain->next;
    host.free(chain);
    chain = next;
  }
}

}  // namespace v4v::hv
