#pragma once

#include <cstddef>

namespace v4v::detail {

/// A file in the memory of this process, which grows and never moves: addresses for all that it can
/// become are set aside at first.
///
/// A child of fork(2) does not inherit the memory. Not thread-safe.
class growing_memory {
 public:
  /// `descriptor` is an empty file, stays the caller's, and must stay open. `limit` is the most
  /// that it can grow to: a multiple of 2 MiB, as are the addresses, so that the file may be one of
  /// huge pages. Throws std::system_error.
  growing_memory(int descriptor, std::size_t limit);
  ~growing_memory();
  growing_memory(const growing_memory&) = delete;
  growing_memory& operator=(const growing_memory&) = delete;

  [[nodiscard]] std::byte* begin() const noexcept { return begin_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// `bytes` more at the end, whole pages of the file's kind, zeroed and resident. Throws
  /// std::system_error, and then is as it was: no_space_on_device where the file system has no
  /// pages, not_enough_memory over the limit.
  void grow(std::size_t bytes);

 private:
  const int descriptor_;
  std::byte* begin_ = nullptr;
  std::size_t size_ = 0;
  std::size_t limit_;
  std::byte* reserved_ = nullptr;
  std::size_t reserved_size_ = 0;
};

}  // namespace v4v::detail
