#pragma once

#include <unistd.h>

#include <utility>

namespace v4v::detail {

/// A file descriptor that is closed with the object; -1 is none.
class file_descriptor {
 public:
  explicit file_descriptor(int descriptor = -1) noexcept : descriptor_(descriptor) {}
  ~file_descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  file_descriptor(file_descriptor&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  file_descriptor& operator=(file_descriptor&& other) noexcept {
    file_descriptor(std::move(other)).swap(*this);
    return *this;
  }

  [[nodiscard]] int get() const noexcept { return descriptor_; }
  void swap(file_descriptor& other) noexcept { std::swap(descriptor_, other.descriptor_); }

 private:
  int descriptor_;
};

}  // namespace v4v::detail
