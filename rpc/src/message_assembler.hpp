#pragma once

#include <capnp/message.h>

#include <cstddef>
#include <memory>
#include <span>

#include "v4v/rpc/detail/transfer.hpp"
#include "v4v/rpc/message_counts.hpp"

namespace v4v::rpc {

/// Turns a stream of bytes into messages, which are read where the bytes were received.
///
/// Bytes that are lent stay where they are: a message that lies in them, its segment table and each
/// of its segments in one piece, is read there. What else is lent is copied.
///
/// Other bytes are received into blocks of block_bytes that many small messages share. A message
/// that does not fit into a block gets an allocation of exactly its size, and no byte of the next
/// message gets in there. A message's reader keeps its bytes alive, so it may outlive the
/// assembler; a block is used again from its beginning once nobody reads it any more.
///
/// What is moved after it was received: the part of a message that lay at the end of a block when
/// the rest no longer fit behind it; so less than block_bytes per message, and nothing of most.
///
/// Thread safety: one thread at a time for the object; readers may be destroyed in any thread.
class message_assembler {
 public:
  static constexpr std::size_t block_bytes = 64 * 1024;

  message_assembler();

  /// Where to put the next bytes received; never empty. Valid until the next call of any other
  /// function than space() or between_messages().
  [[nodiscard]] std::span<kj::byte> space();

  /// So many bytes, at most space().size(), were put there.
  void received(std::size_t bytes);

  /// These bytes were received. Those lent before must all have been handed out: next() says that
  /// there is no whole message.
  void received(detail::lent_bytes&& lent);

  /// The next message, or null when there is no whole one.
  /// Throws kj::Exception when the message is to be refused, now and on every later call: it has
  /// too many segments (FAILED), or more words than options.traversalLimitInWords (OVERLOADED).
  /// Nothing is ever allocated for a message before its size is known to be within the limit.
  [[nodiscard]] kj::Maybe<kj::Own<capnp::MessageReader>> next(const capnp::ReaderOptions& options);

  /// Whether all that was received has been handed out: an end of file is no loss here.
  [[nodiscard]] bool between_messages() const noexcept { return begin_ == end_ && !lent_.keeps; }

  /// How the messages handed out were received.
  [[nodiscard]] const message_counts& counts() const noexcept { return counts_; }

 private:
  [[nodiscard]] std::size_t pending() const noexcept { return end_ - begin_; }
  [[nodiscard]] const capnp::word* unread() const noexcept {
    return storage_.get() + begin_ / sizeof(capnp::word);
  }
  [[nodiscard]] kj::Maybe<kj::Own<capnp::MessageReader>> next_lent(
      const capnp::ReaderOptions& options);
  bool copy_lent();
  void skip_lent(std::size_t bytes) noexcept;
  [[nodiscard]] bool enough_space() const noexcept;
  [[nodiscard]] bool unused() const noexcept;
  void move_to(std::size_t bytes);

  std::shared_ptr<capnp::word[]> storage_;    // a block, or one large message
  std::size_t capacity_ = 0;                  // bytes of storage_
  std::size_t begin_ = 0;                     // of what was not handed out yet; always whole words
  std::size_t end_ = 0;                       // of what was received
  std::size_t needed_ = sizeof(capnp::word);  // bytes from begin_ to the end of the next message,
                                              // or to where more of its size is known
  bool in_parts_ = false;                     // it did not come at once
  detail::lent_bytes lent_;                   // behind that: what is left of it
  message_counts counts_;
};

}  // namespace v4v::rpc
