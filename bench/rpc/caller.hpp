#pragma once

#include <cstddef>
#include <stdexcept>

#include "measure/measurement.hpp"

namespace v4v::bench {

/// A client that is connected to its server: what is measured, the same for all kinds of RPC.
/// Everything throws what the RPC throws.
class caller {
 public:
  virtual ~caller() noexcept(false) = default;  // as in KJ

  /// Calls of nothing, each when the one before it has returned; each timed.
  virtual outcome null_calls(std::size_t count) = 0;

  /// Calls of nothing of which so many are in flight, from before the first returns until after
  /// the last of `count` has.
  virtual outcome pipelined_calls(std::size_t count, std::size_t in_flight) = 0;

  /// Blobs that the server returns, one call after the other.
  virtual outcome read(std::size_t bytes, std::size_t count) = 0;

  /// Blobs that the server is sent, one call after the other.
  virtual outcome write(std::size_t bytes, std::size_t count) = 0;

  /// Blobs that the server is sent one behind the other, as many at a time as the RPC's own flow
  /// control lets out; until the server has said that it has all.
  virtual outcome push(std::size_t bytes, std::size_t count) = 0;
};

/// Throws std::runtime_error unless as many bytes have come as were asked for.
inline void require_bytes(std::size_t wanted, std::size_t got) {
  if (got != wanted) throw std::runtime_error("an RPC gave other bytes than it was asked for");
}

}  // namespace v4v::bench
