#pragma once

#include <cstdint>
#include <cstring>
#include <optional>

#include "ring_reader.hpp"
#include "v4v/abi.h"

namespace v4v::detail {

inline constexpr auto stream_header_size = static_cast<std::uint32_t>(sizeof(v4v_stream_header));

/// The flags that make a message something else than data. Bits that this side does not know are
/// offers of newer peers, which it does not take up; they change nothing.
inline constexpr std::uint32_t control_flags =
    V4V_STREAM_SYN | V4V_STREAM_ACK | V4V_STREAM_RST | V4V_STREAM_PING | V4V_STREAM_PONG;

/// The stream header of a message, with the flags that are known; nothing when it is not a message
/// of the stream protocol.
inline std::optional<v4v_stream_header> stream_header_of(const ring_message& message) noexcept {
  if (message.type != V4V_MESSAGE_STREAM || message.size() < sizeof(v4v_stream_header))
    return std::nullopt;
  v4v_stream_header header;
  message.copy(0, &header, sizeof header);
  header.flags &= control_flags;
  return header;
}

}  // namespace v4v::detail
