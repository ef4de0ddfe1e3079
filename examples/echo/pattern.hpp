#pragma once

#include <cstddef>

#include <asio/awaitable.hpp>
#include <v4v/stream.hpp>

namespace echo {

/// Sends so many bytes, and compares what comes back with them, both at the same time: nobody
/// would else read what comes back, the rings would fill up, and the service would wait for ever.
/// Throws std::system_error when the connection ends, std::runtime_error when a byte differs.
asio::awaitable<void> exchange_pattern(v4v::stream& stream, std::size_t total);

}  // namespace echo
