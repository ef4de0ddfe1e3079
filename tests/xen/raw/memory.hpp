#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "hypervisor.hpp"
#include "v4v/abi.h"

namespace v4v::raw {

/// Pages of 4 KiB for rings and the like: there, locked, zeroed, and with megabytes on either side
/// where nothing is, so that what runs over its end goes nowhere else. Must outlive whatever the
/// hypervisor was given of it.
class memory {
 public:
  /// Throws std::runtime_error.
  memory(hypervisor& hv, std::size_t pages);
  ~memory();
  memory(const memory&) = delete;
  memory& operator=(const memory&) = delete;

  [[nodiscard]] std::size_t pages() const { return frames_.size(); }
  [[nodiscard]] std::byte* page(std::size_t i) const { return begin_ + i * V4V_PAGE_SIZE; }
  [[nodiscard]] std::span<std::byte> bytes() const { return {begin_, pages() * V4V_PAGE_SIZE}; }

  /// The frame number of each page.
  [[nodiscard]] std::span<const std::uint64_t> frames() const { return frames_; }

  /// Whether the pages still are where they were when all this began. If not, the hypervisor has
  /// been given pages of somebody else, and nothing that was seen means anything.
  [[nodiscard]] bool has_stayed() const;

 private:
  hypervisor& hv_;
  std::byte* begin_;
  std::vector<std::uint64_t> frames_;
};

}  // namespace v4v::raw
