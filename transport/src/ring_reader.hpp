#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "v4v/abi.h"

namespace v4v::detail {

/// A message as it lies in a ring. Its payload is in two pieces when it wraps.
struct ring_message {
  v4v_addr source;
  std::uint32_t type;
  std::span<const std::byte> first;
  std::span<const std::byte> second;  // empty unless the payload wraps

  [[nodiscard]] std::size_t size() const noexcept { return first.size() + second.size(); }

  /// Copies `n` bytes from `offset` on; both lie within the payload.
  void copy(std::size_t offset, void* to, std::size_t n) const noexcept;
};

/// The receiver's view of one ring: the place where what lies in a ring is checked. It survives any
/// bytes; nothing behind it needs to look again. Messages are read in order, and taken from the
/// ring by pop(); the sender's side learns of that with publish().
///
/// Not thread-safe. The memory must outlive the object.
class ring_reader {
 public:
  enum class state {
    empty,    ///< No message.
    message,  ///< There is one.
    broken    ///< What lies in the ring makes no sense, and never will again.
  };

  /// `ring` is a header, already filled in, followed by `len` bytes of data.
  ring_reader(v4v_ring& ring, std::uint32_t len) noexcept;

  /// Looks at the first message not popped. Its spans stay valid until publish(). Where its bytes
  /// lie, and its source and type, are the same each time, whatever becomes of the ring's memory.
  [[nodiscard]] state peek(ring_message& message) noexcept;

  /// Drops the message that peek() showed last.
  void pop() noexcept;

  /// Shows, once, each message from the first not popped on, as far as it has not been shown
  /// before; false when there is no further one. Drops nothing.
  [[nodiscard]] bool look_ahead(ring_message& message) noexcept;

  /// Whether look_ahead() has shown the first message not popped.
  [[nodiscard]] bool first_was_shown() const noexcept { return ahead_by_ != 0; }

  /// Whether the hypervisor has written more than this object knows of. What it knows of is never
  /// overtaken by a whole round of the ring, for it keeps a part of that from being written to.
  [[nodiscard]] bool has_more() const noexcept;

  /// Knows of it now. What is not looked at stays where it is.
  void take_note() noexcept;

  /// Gives the space of popped messages back, but for the last `keep` bytes of it. Says whether
  /// there was any.
  bool publish(std::uint32_t keep = 0) noexcept;

  /// Bytes of popped messages whose space has not been given back.
  [[nodiscard]] std::uint32_t unpublished() const noexcept {
    return rx_ >= published_ ? rx_ - published_ : len_ - published_ + rx_;
  }

  /// Bytes of data that the ring has.
  [[nodiscard]] std::uint32_t len() const noexcept { return len_; }

  /// Bytes that the message shown by peek() takes in the ring.
  [[nodiscard]] std::uint32_t step() const noexcept { return step_; }

 private:
  [[nodiscard]] bool load_tx() noexcept;
  [[nodiscard]] state parse(std::uint32_t position, ring_message& message,
                            std::uint32_t& step) noexcept;

  v4v_ring& ring_;
  const std::byte* data_;
  std::uint32_t len_;
  std::uint32_t rx_;            // position of the first message not popped
  std::uint32_t published_;     // what the hypervisor was told
  std::uint32_t tx_;            // what the hypervisor told, when last asked
  std::uint32_t step_ = 0;      // bytes that the message shown by peek() takes
  ring_message first_{};        // that message, while step_ is not 0
  std::uint32_t ahead_ = 0;     // where look_ahead() goes on
  std::uint64_t ahead_by_ = 0;  // bytes from rx_ to there
  bool broken_ = false;
};

}  // namespace v4v::detail
