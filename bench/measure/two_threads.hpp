#pragma once

#include <exception>
#include <thread>

#include "measure/pinning.hpp"

namespace v4v::bench {

/// Runs `near` in another thread while `far` runs in this one. Throws what one of them throws, when
/// both have ended.
template <class Near, class Far>
void on_two_threads(Near near, Far far) {
  std::exception_ptr failure;
  std::thread other{[&] {
    try {
      pin_near_thread();
      near();
    } catch (...) {
      failure = std::current_exception();
    }
  }};
  try {
    far();
  } catch (...) {
    other.join();
    throw;
  }
  other.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace v4v::bench
