#include "growing_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace v4v::detail {
namespace {

constexpr std::size_t alignment = 2 * 1024 * 1024;

}  // namespace

growing_memory::growing_memory(int descriptor, std::size_t limit)
    : descriptor_(descriptor), limit_(limit), reserved_size_(limit + alignment) {
  void* const p = ::mmap(nullptr, reserved_size_, PROT_NONE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED)
    throw std::system_error(errno, std::system_category(), "addresses for the memory of rings");
  reserved_ = static_cast<std::byte*>(p);
  const std::size_t over = reinterpret_cast<std::uintptr_t>(p) % alignment;
  begin_ = reserved_ + (over == 0 ? 0 : alignment - over);
}

growing_memory::~growing_memory() { ::munmap(reserved_, reserved_size_); }

// fallocate() finds out whether there are pages; a mapping of a file that has none would be found
// wanting at the first touch, by SIGBUS.
void growing_memory::grow(std::size_t bytes) {
  const auto fail = [&](int why) {
    // What there is of it already would else stay behind the end of the file.
    static_cast<void>(::ftruncate(descriptor_, static_cast<off_t>(size_)));
    throw std::system_error(why, std::system_category(), "memory for a ring");
  };
  if (bytes > limit_ - size_) fail(ENOMEM);
  while (::fallocate(descriptor_, 0, static_cast<off_t>(size_), static_cast<off_t>(bytes)) != 0)
    if (errno != EINTR) fail(errno);
  std::byte* const at = begin_ + size_;
  if (::mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_POPULATE, descriptor_,
             static_cast<off_t>(size_)) == MAP_FAILED) {
    const int why = errno;
    // Whether these addresses are still set aside is not known, so they are neither used nor freed
    // any more, and the rest is of no use without them.
    std::byte* const rest = at + bytes;
    ::munmap(rest, static_cast<std::size_t>(reserved_ + reserved_size_ - rest));
    reserved_size_ = static_cast<std::size_t>(at - reserved_);
    limit_ = size_;
    fail(why);
  }
  ::madvise(at, bytes, MADV_DONTFORK);
  size_ += bytes;
}

}  // namespace v4v::detail
