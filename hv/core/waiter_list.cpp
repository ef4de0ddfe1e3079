#include "core/waiter_list.hpp"

#include <new>

namespace v4v::hv {

bool waiter_list::put(port& host, std::uint16_t domain, std::uint64_t need) noexcept {
  for (waiter* w = first_; w != nullptr; w = w->next) {
    if (w->domain == domain) {
      w->need = need;
      return true;
    }
  }
  void* memory = host.allocate(sizeof(waiter));
  if (memory == nullptr) return false;
  first_ = new (memory) waiter{first_, need, domain};
  return true;
}

void waiter_list::drop(port& host, std::uint16_t domain) noexcept {
  for (waiter** at = &first_; *at != nullptr; at = &(*at)->next) {
    waiter* w = *at;
    if (w->domain != domain) continue;
    *at = w->next;
    host.free(w);
    return;
  }
}

void waiter_list::move_fitting(const ring_space& space, waiter*& to) noexcept {
  waiter** at = &first_;
  while (*at != nullptr) {
    waiter* w = *at;
    if (!space.fits(w->need)) {
      at = &w->next;
      continue;
    }
    *at = w->next;
    w->next = to;
    to = w;
  }
}

void waiter_list::move_all(waiter*& to) noexcept {
  while (first_ != nullptr) {
    waiter* w = first_;
    first_ = w->next;
    w->next = to;
    to = w;
  }
}

}  // namespace v4v::hv
