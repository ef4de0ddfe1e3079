#include "memory_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "v4v/abi.h"

namespace v4v::detail {

memory_file::memory_file()
    : descriptor_(::memfd_create("v4v rings", MFD_CLOEXEC)), process_(::getpid()) {
  if (descriptor_ < 0) throw std::system_error(errno, std::system_category(), "memfd_create");
}

memory_file::~memory_file() { ::close(descriptor_); }

std::shared_ptr<const memory_file::extent> memory_file::reserve(std::size_t size) {
  const std::lock_guard lock(mutex_);
  if (::ftruncate(descriptor_, static_cast<off_t>(end_ + size)) != 0)
    throw std::system_error(errno, std::system_category(), "memory for a ring");
  std::shared_ptr<const extent> place =
      std::make_shared<const extent>(shared_from_this(), end_, size);
  end_ += size;
  return place;
}

memory_file::extent::~extent() {
  if (::getpid() != file_->process_) return;
  ::fallocate(file_->descriptor_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
              static_cast<off_t>(offset_), static_cast<off_t>(size_));
}

void* memory_file::extent::map(int flags) const noexcept {
  void* const p = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, flags, file_->descriptor_,
                         static_cast<off_t>(offset_));
  if (p == MAP_FAILED) return nullptr;
  if (flags == MAP_SHARED) ::madvise(p, size_, MADV_DONTFORK);
  return p;
}

void* memory_file::extent::map_unrolled() const noexcept {
  const std::size_t again = size_ - V4V_PAGE_SIZE;
  void* const p =
      ::mmap(nullptr, size_ + again, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) return nullptr;
  const auto put = [&](std::size_t at, std::size_t from) noexcept {
    return from == size_ ||
           ::mmap(static_cast<std::byte*>(p) + at, size_ - from, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_FIXED, file_->descriptor_,
                  static_cast<off_t>(offset_ + from)) != MAP_FAILED;
  };
  if (put(0, 0) && put(size_, V4V_PAGE_SIZE)) return p;
  const int why = errno;
  ::munmap(p, size_ + again);
  errno = why;
  return nullptr;
}

}  // namespace v4v::detail
