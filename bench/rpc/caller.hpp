#pragma once

#include <cstddef>
#include <stdexcept>
#include <vector>

namespace v4v::bench {

/// A client that is connected to its server: what is measured, the same for all kinds of RPC.
/// Everything throws what the RPC throws.
class caller {
 public:
  virtual ~caller() noexcept(false) = default;  // as in KJ

  /// Calls of nothing, each when the one before it has returned; the microseconds of each.
  virtual std::vector<double> null_calls(int count) = 0;

  /// Calls of nothing of which so many are in flight, from before the first returns until after
  /// the last of `count` has; calls a second.
  virtual double pipelined_calls(int count, int in_flight) = 0;

  /// Blobs that the server returns, one call after the other; bytes a second.
  virtual double read(std::size_t bytes, int count) = 0;

  /// Blobs that the server is sent, one call after the other; bytes a second.
  virtual double write(std::size_t bytes, int count) = 0;

  /// Blobs that the server is sent one behind the other, as many at a time as the RPC's own flow
  /// control lets out; bytes a second, until the server has said that it has all.
  virtual double push(std::size_t bytes, int count) = 0;
};

/// Throws std::runtime_error unless as many bytes have come as were asked for.
inline void require_bytes(std::size_t wanted, std::size_t got) {
  if (got != wanted) throw std::runtime_error("an RPC gave other bytes than it was asked for");
}

}  // namespace v4v::bench
