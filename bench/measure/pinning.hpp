#pragma once

namespace v4v::bench {

/// From now on the two threads of a measurement are bound to a processor each, the first two that
/// this process may use, and the calling thread is the far one. Throws std::runtime_error when
/// there are not two, std::system_error.
void enable_pinning();

/// For the other thread of a measurement, as the first thing that it does.
void pin_near_thread();

}  // namespace v4v::bench
