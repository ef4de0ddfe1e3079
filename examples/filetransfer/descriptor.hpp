#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <unistd.h>

namespace filetransfer {

/// The owner of a file descriptor.
class descriptor {
 public:
  descriptor() = default;
  explicit descriptor(int fd) noexcept : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }

  explicit operator bool() const noexcept { return fd_ >= 0; }
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_ = -1;
};

/// Reads until `into` is full or the file ends. Returns the number of bytes; or -1, with errno.
std::int64_t read_at(const descriptor& file, std::span<std::byte> into, std::uint64_t offset);

/// Writes until all is written or nothing more can be, and returns how much was; if that is less,
/// errno says why.
std::size_t write_at(const descriptor& file, std::span<const std::byte> from, std::uint64_t offset);

}  // namespace filetransfer
