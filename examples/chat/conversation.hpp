#pragma once

#include <asio/awaitable.hpp>

#include "client.hpp"
#include "condition.hpp"
#include "input_lines.hpp"

namespace chat {

/// Has the client join, say the lines of `in`, and leave when there are no more. Meanwhile it
/// prints what the others say. `changed` is the client's. Throws std::system_error when it cannot
/// join, std::runtime_error when the room ends before the lines do.
asio::awaitable<void> converse(client& c, condition& changed, input_lines& in);

}  // namespace chat
