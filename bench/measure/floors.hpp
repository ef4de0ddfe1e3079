#pragma once

#include <cstddef>

namespace v4v::bench {

/// What no stream between two threads of this machine can beat.

/// Two threads that spin, each on a cache line that the other writes: microseconds for there and
/// back, the mean of so many.
double cache_line_round_trip(int rounds);

/// Two threads that sleep, each in the read of an eventfd that the other writes: microseconds for
/// there and back, the median.
double eventfd_round_trip(int rounds);

/// memcpy of 64 KiB blocks, one after the other, from one half of so much memory to the other,
/// until `total` bytes are copied: GiB a second.
double memcpy_rate(std::size_t memory, std::size_t total);

/// Half of a processor's L2 cache, or what that mostly is if the system does not say.
std::size_t memory_in_l2();

}  // namespace v4v::bench
