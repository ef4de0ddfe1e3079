#include "page_pool.hpp"

#include <cstring>

#include "v4v/abi.h"

namespace v4v::detail {

std::span<std::byte> page_pool::take(std::size_t bytes) {
  const std::size_t count = (bytes + V4V_PAGE_SIZE - 1) / V4V_PAGE_SIZE;
  std::span<std::byte> pages;
  {
    const std::lock_guard lock(mutex_);
    auto first = pages_.take(count);
    if (!first) {
      const std::size_t missing = pages_.missing(count) * V4V_PAGE_SIZE;
      memory_.grow((missing + step_ - 1) / step_ * step_);
      pages_.grow(memory_.size() / V4V_PAGE_SIZE - pages_.size());
      first = pages_.take(count);
    }
    pages = {memory_.begin() + *first * V4V_PAGE_SIZE, count * V4V_PAGE_SIZE};
  }
  std::memset(pages.data(), 0, pages.size());
  return pages;
}

void page_pool::give_back(std::span<std::byte> pages) noexcept {
  const std::lock_guard lock(mutex_);
  pages_.give_back(static_cast<std::size_t>(pages.data() - memory_.begin()) / V4V_PAGE_SIZE,
                   pages.size() / V4V_PAGE_SIZE);
}

}  // namespace v4v::detail
