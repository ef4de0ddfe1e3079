#pragma once

#include <cstdint>

namespace v4v::hv {

/// What happened to a ring, or to all rings of a domain, or to all there ever were.
struct ring_counters {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;        ///< Of payload.
  std::uint64_t would_block = 0;  ///< Sends answered EAGAIN.
  std::uint64_t rejected = 0;     ///< Sends answered with another error.
  std::uint64_t broken_rx = 0;    ///< Sends and questions that met an rx_ptr that is no position.
  std::uint32_t high_water = 0;   ///< The most bytes that were ever in use in a ring.

  constexpr ring_counters& operator+=(const ring_counters& other) noexcept {
    messages += other.messages;
    bytes += other.bytes;
    would_block += other.would_block;
    rejected += other.rejected;
    broken_rx += other.broken_rx;
    if (high_water < other.high_water) high_water = other.high_water;
    return *this;
  }
};

}  // namespace v4v::hv
