#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <vector>

#include <asio/buffer.hpp>

#include "v4v/abi.h"

namespace v4v::detail {

/// A vector for one send: room for the stream header in front, then the pieces of the caller's
/// buffers, empty ones left out. Buffers beyond the room wait for the next send.
class send_vector {
 public:
  template <class ConstBufferSequence>
  explicit send_vector(const ConstBufferSequence& buffers) noexcept {
    const auto end = asio::buffer_sequence_end(buffers);
    for (auto it = asio::buffer_sequence_begin(buffers); it != end && count_ < iov_.size(); ++it)
      add(asio::const_buffer(*it));
  }

  /// Bytes of the caller's buffers in the vector.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

  /// Puts `header` in front, cuts the rest off after `limit` bytes, and keeps at most `pieces`
  /// elements. Returns what is left of the vector.
  [[nodiscard]] std::span<const v4v_iov> finish(const v4v_stream_header& header, std::size_t limit,
                                                std::size_t pieces) noexcept;

 private:
  void add(asio::const_buffer b) noexcept;

  std::array<v4v_iov, V4V_DEFAULT_MAX_SENDV> iov_;
  std::size_t count_ = 1;
  std::size_t bytes_ = 0;
};

/// A vector for one send that must not be cut: all pieces of the caller's buffers, or, if those are
/// more than a send may have, one copy of them.
class datagram_vector {
 public:
  template <class ConstBufferSequence>
  explicit datagram_vector(const ConstBufferSequence& buffers) {
    bytes_ = asio::buffer_size(buffers);
    if (!fits()) return;
    const auto end = asio::buffer_sequence_end(buffers);
    for (auto it = asio::buffer_sequence_begin(buffers); it != end; ++it) {
      if (const asio::const_buffer b(*it); b.size() == 0)
        continue;
      else if (count_ < iov_.size())
        iov_[count_] = piece(b);
      ++count_;
    }
    if (count_ > iov_.size()) {
      copy_.resize(bytes_);
      asio::buffer_copy(asio::buffer(copy_), buffers);
    }
  }

  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

  /// Whether any ring could ever take so much; if not there are no pieces.
  [[nodiscard]] bool fits() const noexcept { return bytes_ <= V4V_MAX_RING_LEN; }

  /// Not more than `limit` of them.
  [[nodiscard]] std::span<const v4v_iov> pieces(std::size_t limit);

 private:
  static v4v_iov piece(asio::const_buffer b) noexcept {
    return {reinterpret_cast<std::uintptr_t>(b.data()), static_cast<std::uint32_t>(b.size()), 0};
  }

  std::array<v4v_iov, 16> iov_;
  std::size_t count_ = 0;  // of all pieces
  std::size_t bytes_ = 0;
  std::vector<std::byte> copy_;
};

/// The caller's buffers to read into, up to a number that is enough to be fast.
class receive_vector {
 public:
  template <class MutableBufferSequence>
  explicit receive_vector(const MutableBufferSequence& buffers) noexcept {
    const auto end = asio::buffer_sequence_end(buffers);
    for (auto it = asio::buffer_sequence_begin(buffers); it != end && count_ < most; ++it)
      if (asio::mutable_buffer b(*it); b.size() != 0)
        ::new (&pieces_[count_++]) asio::mutable_buffer(b);
  }

  [[nodiscard]] std::span<const asio::mutable_buffer> pieces() const noexcept {
    return {pieces_, count_};
  }

 private:
  static constexpr std::size_t most = 64;
  union {  // not made before they are used: one buffer is the rule, and this is done at each
           // message
    asio::mutable_buffer pieces_[most];
  };
  std::size_t count_ = 0;
};

/// All of the caller's buffers, to take a datagram, whose rest would be lost.
class datagram_space {
 public:
  template <class MutableBufferSequence>
  explicit datagram_space(const MutableBufferSequence& buffers) {
    const auto end = asio::buffer_sequence_end(buffers);
    for (auto it = asio::buffer_sequence_begin(buffers); it != end; ++it) {
      if (asio::mutable_buffer b(*it); b.size() == 0)
        continue;
      else if (count_ < few_.size())
        few_[count_++] = b;
      else
        rest_.push_back(b);
    }
  }

  /// In two parts, one behind the other.
  [[nodiscard]] std::array<std::span<const asio::mutable_buffer>, 2> parts() const noexcept {
    return {{{few_.data(), count_}, rest_}};
  }

 private:
  std::array<asio::mutable_buffer, 16> few_;
  std::size_t count_ = 0;
  std::vector<asio::mutable_buffer> rest_;
};

}  // namespace v4v::detail
