#pragma once

#include <asio/io_context.hpp>
#include <v4v/endpoint.hpp>

namespace roles {

/// Says on the standard output that `domain` serves, and runs `io` until SIGINT or SIGTERM comes.
/// What is served must listen already, and is to be destroyed after that: its connections end then.
/// Throws what handlers throw.
void serve_until_signal(asio::io_context& io, v4v::domain_type domain);

}  // namespace roles
