#pragma once

#include <cstdint>
#include <cstring>
#include <optional>

#include "ring_reader.hpp"
#include "v4v/abi.h"

namespace v4v::detail {

/// The stream header of a message; nothing when it is not a message of the stream protocol.
inline std::optional<v4v_stream_header> stream_header_of(const ring_message& message) noexcept {
  if (message.type != V4V_MESSAGE_STREAM || message.size() < sizeof(v4v_stream_header))
    return std::nullopt;
  v4v_stream_header header;
  message.copy(0, &header, sizeof header);
  return header;
}

}  // namespace v4v::detail
