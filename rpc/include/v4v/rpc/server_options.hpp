#pragma once

#include <cstddef>
#include <cstdint>

#include "v4v/acceptor.hpp"

namespace v4v::rpc {

/// What one peer may use up of a server before it is refused. Whoever is over a limit gets an
/// OVERLOADED exception that names it; the others notice nothing.
struct server_options {
  /// Connections at a time, of all domains together. One more is accepted, told so with Cap'n
  /// Proto's Abort message, and ended; nothing of it is read, and no object is made for it. Each
  /// connection costs a ring (acceptor.ring_size) and a buffer of 64 KiB.
  std::size_t connections = 1024;

  /// Connections at a time of one domain, so that none of them can take all. One more is refused in
  /// the same way.
  std::size_t connections_per_domain = 32;

  /// Calls of one connection that were received and not yet answered, on all of its capabilities
  /// together. One more is answered at once, and never reaches an object; so are calls pipelined on
  /// its results. The connection goes on. A peer that keeps so many answers of refused calls unread
  /// or unfinished as it may have calls (1024 if that is more) is cut off. A call costs about 2
  /// KiB, plus its parameters (see flow_limit), 8 KiB while its answer is built, and what the
  /// object does with it.
  std::size_t calls_in_flight = 16 * 1024;

  /// Words (of 8 bytes) of one message. A larger one ends the connection, with Cap'n Proto's Abort
  /// message, before memory is allocated for it. An answer that is larger is not sent: the call
  /// fails (FAILED). It is Cap'n Proto's traversal limit, too: what an
  /// object reads twice counts twice, so leave room for that.
  std::uint64_t message_words = 8 * 1024 * 1024;

  /// Words of parameters, of one connection, of calls that are not yet answered. Over it nothing
  /// more is read from the connection until some are: the peer feels back pressure, and gets no
  /// error. This bounds the memory of a connection, together with one more message.
  ///
  /// Answers to the server's own calls are not read either, so objects that answer only after their
  /// peer has answered them stand still, for good, when the limit is reached by such calls alone.
  /// Set it well above what those have in flight.
  std::size_t flow_limit = 16 * 1024 * 1024;

  /// Of the acceptor under the server.
  acceptor_options acceptor{};
};

}  // namespace v4v::rpc
