#include "memory.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace v4v::raw {
namespace {

// More than any operation reads or writes from one address on, but for a vector's pieces, which
// are only read.
constexpr std::size_t nothing = std::size_t{4} << 20;

std::byte* obtain(std::size_t size) {
  void* const all = ::mmap(nullptr, nothing + size + nothing, PROT_NONE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (all == MAP_FAILED)
    throw std::runtime_error("mmap: " + std::generic_category().message(errno));
  auto* const begin = static_cast<std::byte*>(all) + nothing;
  // Small pages from the beginning: such as are made into a large one later have moved.
  if (::mprotect(begin, size, PROT_READ | PROT_WRITE) != 0 ||
      (::madvise(begin, size, MADV_NOHUGEPAGE) != 0 && errno != EINVAL) ||
      ::mlock(begin, size) != 0) {
    const int why = errno;
    ::munmap(all, nothing + size + nothing);
    throw std::runtime_error(fmt::format("{} KiB of memory cannot be locked: {} (run this as root)",
                                         size / 1024, std::generic_category().message(why)));
  }
  std::memset(begin, 0, size);
  return begin;
}

}  // namespace

memory::memory(hypervisor& hv, std::size_t pages) : hv_(hv), begin_(obtain(pages * V4V_PAGE_SIZE)) {
  try {
    frames_ = hv.frames({begin_, pages * V4V_PAGE_SIZE});
  } catch (...) {
    ::munmap(begin_ - nothing, nothing + pages * V4V_PAGE_SIZE + nothing);
    throw;
  }
}

memory::~memory() {
  ::munmap(begin_ - nothing, nothing + frames_.size() * V4V_PAGE_SIZE + nothing);
}

bool memory::has_stayed() const { return hv_.frames(bytes()) == frames_; }

}  // namespace v4v::raw
