#include "interrupt.hpp"

#include <atomic>
#include <csignal>

namespace v4v::bench {
namespace {

// Set in whatever thread the signal comes to, and read between measurements. Nothing hangs on it.
std::atomic<bool> came{false};
static_assert(std::atomic<bool>::is_always_lock_free);  // as a signal's handler needs it

}  // namespace

void remember_interrupt() {
  struct sigaction action {};
  action.sa_handler = [](int) { came.store(true, std::memory_order_relaxed); };
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  ::sigaction(SIGINT, &action, nullptr);
}

bool interrupted() { return came.load(std::memory_order_relaxed); }

}  // namespace v4v::bench
