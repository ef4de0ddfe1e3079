#include "resident.hpp"

#include <sys/mman.h>

#include <atomic>
#include <cstdint>

#include "v4v/abi.h"

namespace v4v::detail {
namespace {

// The whole pages that some bytes lie in.
std::span<std::byte> pages_of(const std::byte* begin, std::size_t size) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(begin);
  const std::size_t before = address % V4V_PAGE_SIZE;
  const std::size_t whole = (before + size + V4V_PAGE_SIZE - 1) / V4V_PAGE_SIZE * V4V_PAGE_SIZE;
  return {reinterpret_cast<std::byte*>(address - before), whole};
}

// A write that changes nothing, of a kind that compilers leave alone: of fetch_or(0) Clang makes a
// fence, without a write to the page.
bool write_nothing(std::span<std::byte> pages) noexcept {
  for (std::size_t at = 0; at < pages.size(); at += V4V_PAGE_SIZE) {
    const std::atomic_ref byte(reinterpret_cast<std::uint8_t&>(pages[at]));
    std::uint8_t value = byte.load();
    while (!byte.compare_exchange_weak(value, value)) {
    }
  }
  return true;
}

bool read_something(std::span<std::byte> pages) noexcept {
  for (std::size_t at = 0; at < pages.size(); at += V4V_PAGE_SIZE)
    static_cast<void>(*static_cast<const volatile std::byte*>(&pages[at]));
  return true;
}

// Kernels before 5.14 do not know it. Asked for memory that is there for certain, for they say the
// same of memory that may not be read or written.
bool kernel_populates() noexcept {
  static const std::byte somewhere{};
  static const bool knows = [] {
    const auto page = pages_of(&somewhere, 1);
    return ::madvise(page.data(), page.size(), MADV_POPULATE_READ) == 0;
  }();
  return knows;
}

}  // namespace

bool make_readable(std::span<const std::byte> bytes) noexcept {
  if (bytes.empty()) return true;
  const auto pages = pages_of(bytes.data(), bytes.size());
  if (!kernel_populates()) return read_something(pages);
  return ::madvise(pages.data(), pages.size(), MADV_POPULATE_READ) == 0;
}

bool make_writable(std::span<std::byte> bytes) noexcept {
  if (bytes.empty()) return true;
  const auto pages = pages_of(bytes.data(), bytes.size());
  if (!kernel_populates()) return write_nothing(pages);
  return ::madvise(pages.data(), pages.size(), MADV_POPULATE_WRITE) == 0;
}

}  // namespace v4v::detail
