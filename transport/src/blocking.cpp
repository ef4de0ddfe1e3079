#include "v4v/detail/blocking.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

#include "guest_core.hpp"

namespace v4v::detail {

wake_up::wake_up() : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::system_category(), "eventfd");
}

wake_up::~wake_up() { ::close(descriptor_); }

// The flag last, for once it is seen the object may go. A thread that was woken in between finds
// the descriptor still readable, and looks again.
void wake_up::wake() noexcept {
  static_cast<void>(::eventfd_write(descriptor_, 1));
  over_.store(true, std::memory_order_release);
}

void work_until(const std::shared_ptr<guest_core>& core, wake_up& over) {
  if (over.is_over()) return;
  core->thread_blocks();
  for (;;) {
    core->work();
    if (over.is_over()) break;
    core->sleep(over.descriptor());
  }
  core->thread_goes_on();
}

}  // namespace v4v::detail
