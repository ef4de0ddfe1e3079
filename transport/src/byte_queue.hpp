#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

namespace v4v::detail {

/// Bytes that came in and nobody has read yet.
class byte_queue {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size() - head_; }

  void append(std::span<const std::byte> more) {
    bytes_.insert(bytes_.end(), more.begin(), more.end());
  }

  void clear() noexcept {
    bytes_ = {};
    head_ = 0;
  }

  /// Moves up to `n` bytes out; says how many.
  std::size_t take(void* to, std::size_t n) {
    n = std::min(n, size());
    if (n == 0) return 0;
    std::memcpy(to, bytes_.data() + head_, n);
    head_ += n;
    if (head_ == bytes_.size()) {
      bytes_.clear();
      if (bytes_.capacity() > kept_when_empty) bytes_.shrink_to_fit();
      head_ = 0;
    } else if (head_ > bytes_.size() / 2) {  // each byte is moved at most once on average
      bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
    return n;
  }

 private:
  static constexpr std::size_t kept_when_empty = 16 * 1024;

  std::vector<std::byte> bytes_;
  std::size_t head_ = 0;
};

}  // namespace v4v::detail
