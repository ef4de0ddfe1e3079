#include "v4v/detail/buffers.hpp"

#include <algorithm>

namespace v4v::detail {

void send_vector::add(asio::const_buffer b) noexcept {
  // A piece's length has 32 bits; a longer buffer is cut, which makes the write a short one.
  const auto n = static_cast<std::uint32_t>(std::min<std::size_t>(b.size(), V4V_MAX_RING_LEN));
  if (n == 0) return;
  iov_[count_++] = {reinterpret_cast<std::uintptr_t>(b.data()), n, 0};
  bytes_ += n;
}

std::span<const v4v_iov> datagram_vector::pieces(std::size_t limit) {
  if (count_ > limit && copy_.empty()) {
    copy_.reserve(bytes_);
    for (std::size_t i = 0; i < count_; ++i) {
      const auto* const from = reinterpret_cast<const std::byte*>(iov_[i].base);
      copy_.insert(copy_.end(), from, from + iov_[i].len);
    }
  }
  if (copy_.empty()) return {iov_.data(), count_};
  iov_[0] = piece(asio::buffer(copy_));
  return {iov_.data(), 1};
}

std::span<const v4v_iov> send_vector::finish(const v4v_stream_header& header, std::size_t limit,
                                             std::size_t pieces) noexcept {
  iov_[0] = {reinterpret_cast<std::uintptr_t>(&header), sizeof header, 0};
  count_ = std::min(count_, std::max<std::size_t>(pieces, 2));
  bytes_ = 0;
  for (std::size_t i = 1; i < count_; ++i) {
    const auto n = static_cast<std::uint32_t>(std::min<std::size_t>(iov_[i].len, limit - bytes_));
    iov_[i].len = n;
    bytes_ += n;
    if (bytes_ == limit) count_ = i + 1;
  }
  return {iov_.data(), count_};
}

}  // namespace v4v::detail
