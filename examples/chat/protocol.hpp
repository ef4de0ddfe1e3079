#pragma once

#include <cstddef>
#include <v4v/endpoint.hpp>

namespace chat {

/// Lines of text, each with its newline, in both directions. A client sends what it says. The
/// server sends "2: hello" for what domain 2 said, and "* ..." for what it says itself; nobody can
/// make it send a line that begins otherwise.
///
/// The server's port, in whatever domain.
inline constexpr v4v::port_type service_port = 5000;

/// Longest line that a client may send, in bytes, the newline not counted.
inline constexpr std::size_t max_line = 1024;

/// Longest line that the server sends: what was said, and by whom.
inline constexpr std::size_t max_line_to_client = max_line + 16;

}  // namespace chat
