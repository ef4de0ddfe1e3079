#pragma once

#include <cstdint>
#include <cstring>
#include <optional>

#include "ring_reader.hpp"
#include "v4v/abi.h"
#include "v4v/endpoint.hpp"

namespace v4v::detail {

inline constexpr auto stream_header_size = static_cast<std::uint32_t>(sizeof(v4v_stream_header));

/// The flags that make a message something else than data, on any connection. Other bits are offers
/// of newer peers, which this side does not take up; they change nothing.
inline constexpr std::uint32_t control_flags =
    V4V_STREAM_SYN | V4V_STREAM_ACK | V4V_STREAM_RST | V4V_STREAM_PING | V4V_STREAM_PONG;

/// What an extended ACK carries behind its header.
struct data_port_message {
  std::uint32_t port;
  std::uint32_t reserved;
};
static_assert(sizeof(data_port_message) == 8);

/// The port that an extended ACK tells to send to; 0, which is none, if it tells nothing.
inline port_type data_port_of(const ring_message& message) noexcept {
  data_port_message told{};
  if (message.size() < stream_header_size + sizeof told) return V4V_PORT_ANY;
  message.copy(stream_header_size, &told, sizeof told);
  return told.port;
}

/// The stream header of a message; nothing when it is not a message of the stream protocol.
inline std::optional<v4v_stream_header> stream_header_of(const ring_message& message) noexcept {
  if (message.type != V4V_MESSAGE_STREAM || message.size() < sizeof(v4v_stream_header))
    return std::nullopt;
  v4v_stream_header header;
  message.copy(0, &header, sizeof header);
  return header;
}

}  // namespace v4v::detail
