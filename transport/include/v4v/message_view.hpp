#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <utility>

#include <asio/buffer.hpp>

namespace v4v {

namespace detail {
class view_holder;
}

/// Bytes of one message of a stream where the hypervisor put them: in this domain's ring, not
/// copied. They never change, and stay as long as the view does, for ever if need be: also when the
/// stream, the guest or the peer is gone.
///
/// It is a ConstBufferSequence of at most two buffers (two if the message goes round the end of a
/// ring of less than 64 KiB), so `asio::buffer_copy` and all of Asio's writes take it. What one
/// write of the peer sent is one message; a part of it that was read with read_some is left out.
/// The first byte of a message is aligned to 8 bytes.
///
/// Views may be held and destroyed in any order. A view holds back space in the ring, in which the
/// peer's next messages have to fit; when a read waits for more while the views of a ring hold more
/// than three eighths of it, the oldest are detached: their pages are copied, in place, and the
/// ring goes on. So n views take at most their size, rounded up to whole pages at both ends, beside
/// the ring. What is destroyed soon is never copied.
///
/// Thread safety: distinct objects are safe, also two views of one ring, and a view and its stream.
class message_view {
 public:
  using value_type = asio::const_buffer;
  using const_iterator = const asio::const_buffer*;

  /// No bytes.
  message_view() noexcept;
  message_view(message_view&& other) noexcept;
  message_view& operator=(message_view&& other) noexcept;
  ~message_view();

  [[nodiscard]] const_iterator begin() const noexcept { return pieces_.data(); }
  [[nodiscard]] const_iterator end() const noexcept { return pieces_.data() + count_; }

  /// In bytes.
  [[nodiscard]] std::size_t size() const noexcept { return asio::buffer_size(*this); }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

  /// For streams: at most two buffers, and what keeps their memory.
  message_view(asio::const_buffer first, asio::const_buffer second,
               std::unique_ptr<detail::view_holder> holder) noexcept;

 private:
  std::array<asio::const_buffer, 2> pieces_;
  std::size_t count_ = 0;
  std::unique_ptr<detail::view_holder> holder_;
};

}  // namespace v4v
