#pragma once

#include <cstddef>

#include "measure/measurement.hpp"

namespace v4v::bench {

/// What nothing between two threads of this machine can beat.

/// Two threads that spin, each on a cache line that the other writes; there and back is a round,
/// and 64 of them are timed together.
outcome cache_line_round_trips(std::size_t rounds);

/// Two threads that sleep, each in the read of an eventfd that the other writes; each round timed.
outcome eventfd_round_trips(std::size_t rounds);

/// memcpy of blocks of `size` bytes, one after the other, from 64 MiB of memory to other 64 MiB, or
/// to as much as a block if that is more.
outcome copies(std::size_t size, std::size_t rounds);

/// memcpy from the same `size` bytes to one place after the other in 256 KiB of memory, or in as
/// much as a block if that is more.
outcome copies_in_cache(std::size_t size, std::size_t rounds);

/// Messages of `size` bytes, each copied into 256 KiB of memory, at the next place, and out of it.
outcome copies_through_ring(std::size_t size, std::size_t rounds);

}  // namespace v4v::bench
