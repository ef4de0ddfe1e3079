#pragma once

#include <deque>
#include <istream>

#include <asio/awaitable.hpp>

#include "client.hpp"
#include "condition.hpp"

namespace chat {

/// Has the clients join in turn, do what the lines of `in` say, and leave in turn. After each step
/// it waits until all who read have read of it, so that the same input gives the same output.
/// Throws std::runtime_error, saying which line is at fault and why.
asio::awaitable<void> play(std::istream& in, std::deque<client>& clients, condition& changed);

}  // namespace chat
