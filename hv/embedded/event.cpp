#include "embedded/event.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace v4v::hv {

event::event() : descriptor_{eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)} {
  if (descriptor_ < 0) throw std::system_error{errno, std::generic_category(), "eventfd"};
}

event::~event() { close(descriptor_); }

void event::write_descriptor() noexcept {
  // Fails only when the count would overflow, and then the descriptor is readable anyway.
  system_calls_.fetch_add(1, std::memory_order_relaxed);
  static_cast<void>(eventfd_write(descriptor_, 1));
}

}  // namespace v4v::hv
