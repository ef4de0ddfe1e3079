#include "process_pages.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "resident.hpp"
#include "v4v/abi.h"

namespace v4v::detail {
namespace {

using extent = memory_file::extent;

// A place of the file in this process's memory.
class mapping {
 public:
  mapping(std::shared_ptr<const extent> place, void* base, std::size_t size)
      : place_(std::move(place)), bytes_(static_cast<std::byte*>(base), size) {
    if (base == nullptr)
      throw std::system_error(errno, std::system_category(), "memory for a ring");
  }
  ~mapping() { ::munmap(bytes_.data(), bytes_.size()); }
  mapping(const mapping&) = delete;
  mapping& operator=(const mapping&) = delete;

  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }
  [[nodiscard]] const std::shared_ptr<const extent>& place() const noexcept { return place_; }

 private:
  std::shared_ptr<const extent> place_;
  std::span<std::byte> bytes_;
};

// Copy-on-write is the kernel's: a page of a private mapping that is written to is copied first.
class copy_on_write final : public private_mapping {
 public:
  explicit copy_on_write(const std::shared_ptr<const extent>& place)
      : mapping_(place, place->map_unrolled(), 2 * place->size() - V4V_PAGE_SIZE) {}

  std::span<const std::byte> bytes() const noexcept override { return mapping_.bytes(); }

  // A request to the kernel rather than a write of a byte on itself: others may be reading it.
  bool detach(std::size_t first, std::size_t count) noexcept override {
    return make_writable(pages(first, count));
  }
  void attach(std::size_t first, std::size_t count) noexcept override {
    const auto part = pages(first, count);
    ::madvise(part.data(), part.size(), MADV_DONTNEED);
  }
  void write(std::size_t offset, std::span<const std::byte> bytes) noexcept override {
    std::memcpy(mapping_.bytes().data() + offset, bytes.data(), bytes.size());
  }

 private:
  [[nodiscard]] std::span<std::byte> pages(std::size_t first, std::size_t count) const noexcept {
    return mapping_.bytes().subspan(first * V4V_PAGE_SIZE, count * V4V_PAGE_SIZE);
  }

  mapping mapping_;
};

class pages final : public ring_memory {
 public:
  explicit pages(const std::shared_ptr<const extent>& place)
      : mapping_(place, place->map(MAP_SHARED), place->size()) {
    const auto all = mapping_.bytes();
    for (std::size_t at = 0; at < all.size(); at += V4V_PAGE_SIZE)
      frames_.push_back(reinterpret_cast<std::uintptr_t>(all.data() + at) / V4V_PAGE_SIZE);
  }

  std::span<std::byte> bytes() noexcept override { return mapping_.bytes(); }
  std::span<const std::uint64_t> page_frames() const noexcept override { return frames_; }

  std::unique_ptr<private_mapping> map_privately() noexcept override try {
    return std::make_unique<copy_on_write>(mapping_.place());
  } catch (const std::exception&) {
    return nullptr;
  }

 private:
  mapping mapping_;
  std::vector<std::uint64_t> frames_;
};

}  // namespace

std::unique_ptr<ring_memory> process_pages(memory_file& file, std::size_t bytes) {
  return std::make_unique<pages>(
      file.reserve((bytes + V4V_PAGE_SIZE - 1) / V4V_PAGE_SIZE * V4V_PAGE_SIZE));
}

}  // namespace v4v::detail
