#pragma once

#include <cstddef>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <v4v/acceptor.hpp>
#include <v4v/endpoint.hpp>
#include <v4v/guest.hpp>
#include <v4v/stream.hpp>

#include "measure/measurement.hpp"

namespace v4v::bench {

/// Where a service for measurements listens, in whatever domain.
inline constexpr port_type far_port = 5001;

/// The other end of measurements from another program: of each connection, it sends back what
/// comes, or takes it, as it is told there. Peers that tell it nonsense are not served.
class far_service {
 public:
  explicit far_service(guest& here);

 private:
  acceptor acceptor_;
};

/// A connection to a far_service.
class far_stream {
 public:
  /// Connects. Throws std::system_error.
  far_stream(asio::io_context& io, guest& here, const endpoint& service);

  /// So many round trips, one after the other, of `size` bytes: up to 1 MiB.
  outcome round_trips(std::size_t size, std::size_t rounds);

  /// Writes of `size` bytes each, until the last has been read over there.
  outcome writes(std::size_t size, std::size_t count);

 private:
  void run(asio::awaitable<void> work);

  asio::io_context& io_;
  stream stream_;
};

}  // namespace v4v::bench
