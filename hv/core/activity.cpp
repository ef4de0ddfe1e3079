#include "core/errors.hpp"
#include "core/guest_memory.hpp"
#include "core/hypervisor.hpp"

namespace v4v::hv {

long hypervisor::activity(domain& caller, std::uint64_t bits_at, std::uint64_t pfn_at,
                          std::uint64_t page_count) noexcept {
  void* page = nullptr;
  if (bits_at != 0) {
    if (bits_at % V4V_PAGE_SIZE != 0 || page_count != 1) return error::invalid;
    std::uint64_t pfn;
    if (!read_guest(host_, caller, pfn_at, pfn)) return error::fault;
    if (!host_.pin_page(caller, pfn, page)) return error::fault;
  }
  void* before;
  {
    // Senders mark bits with L2 held shared: none is in the page that goes.
    exclusive_guard l2{host_, caller.rings_lock};
    before = caller.activity.replace(page);
  }
  if (before != nullptr) host_.unpin_page(caller, before);
  return 0;
}

}  // namespace v4v::hv
