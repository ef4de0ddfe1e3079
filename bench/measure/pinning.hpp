#pragma once

#include <string>

namespace v4v::bench {

/// From now on the two threads of a measurement are bound to a processor each, the first two that
/// this process may use, and the calling thread is the far one. Returns which those are, in words.
/// Throws std::runtime_error when there are not two, std::system_error.
std::string enable_pinning();

/// For the other thread of a measurement, as the first thing that it does.
void pin_near_thread();

/// For a thread of which there are more than two: it may run on all processors again.
void unpin_this_thread();

}  // namespace v4v::bench
