#pragma once

#include <cstdint>

namespace v4v::rpc {

/// How the messages that were read from a message_stream came to their readers, since it was made.
/// Each message is counted once, with its segment table.
struct message_counts {
  std::uint64_t in_place = 0;  ///< Read where the hypervisor put them, in this domain's ring.
  std::uint64_t copied = 0;  ///< Copied whole by one read: short ones, or a stream of another kind.
  std::uint64_t assembled =
      0;  ///< Put together from parts: cut by the ring's size, or by the peer.

  std::uint64_t bytes_in_place = 0;  ///< Of the first kind of messages.
  std::uint64_t bytes_copied = 0;    ///< By reads, and when parts had to be moved together.

  /// The sum.
  message_counts& operator+=(const message_counts& more) noexcept {
    in_place += more.in_place;
    copied += more.copied;
    assembled += more.assembled;
    bytes_in_place += more.bytes_in_place;
    bytes_copied += more.bytes_copied;
    return *this;
  }
};

}  // namespace v4v::rpc
