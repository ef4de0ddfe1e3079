#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "v4v/stream.hpp"

namespace v4v::rpc {

/// How long a client waits before it connects again: `first`, then twice as long after each attempt
/// that came to nothing, up to `longest`. An attempt came to something when the service answered
/// what it hands out; after that, waits begin with `first` again.
struct back_off {
  std::chrono::nanoseconds first = std::chrono::milliseconds{10};
  std::chrono::nanoseconds longest = std::chrono::seconds{5};

  /// Each wait is shortened by a random part of itself, from nothing to this part, 0 to 1: clients
  /// that lost the same service do not come back all at once.
  double jitter = 0.5;
};

/// What a client can be told.
struct client_options {
  /// Whether, and how patiently, it connects again when there is no connection, be it lost or never
  /// made. See client for what survives that.
  std::optional<back_off> reconnect{};

  /// How long each call may take, from send() on; none when empty. See with_deadline().
  std::optional<std::chrono::nanoseconds> deadline{};

  /// Words (of 8 bytes) of one message from the service. A larger one ends the connection before
  /// memory is allocated for it; a call that is larger is not sent, and fails (FAILED). It is Cap'n
  /// Proto's traversal limit, too: what is read twice counts twice.
  std::uint64_t message_words = 8 * 1024 * 1024;

  /// Words of parameters of calls that the service makes on capabilities of this client, and which
  /// are not yet answered. Over it nothing more is read, answers to the client's own calls
  /// included; see server_options::flow_limit.
  std::size_t flow_limit = 16 * 1024 * 1024;

  /// Of the stream under each connection.
  stream_options stream{};
};

}  // namespace v4v::rpc
