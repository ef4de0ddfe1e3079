#pragma once

#include <cstddef>
#include <mutex>
#include <span>

#include "growing_memory.hpp"
#include "page_allocator.hpp"

namespace v4v::detail {

/// Hands out the pages of a file, V4V_PAGE_SIZE each, in pieces of any number. The file grows when
/// there is none left; it never shrinks.
///
/// Thread-safe.
class page_pool {
 public:
  /// `descriptor` is as in growing_memory. The file grows by multiples of `step` bytes, whole
  /// pages of its own kind, to at most `limit`. Throws std::system_error.
  page_pool(int descriptor, std::size_t step, std::size_t limit)
      : memory_(descriptor, limit), step_(step) {}

  /// `bytes` > 0, rounded up to whole pages; zeroed and resident. Throws what
  /// growing_memory::grow() throws, and std::bad_alloc.
  [[nodiscard]] std::span<std::byte> take(std::size_t bytes);

  /// What take() gave, all of it at once.
  void give_back(std::span<std::byte> pages) noexcept;

 private:
  std::mutex mutex_;
  growing_memory memory_;
  page_allocator pages_;
  const std::size_t step_;
};

}  // namespace v4v::detail
