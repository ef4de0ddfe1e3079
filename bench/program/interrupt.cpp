#include "interrupt.hpp"

#include <csignal>

namespace v4v::bench {
namespace {

// By a signal's handler, in whatever thread, and read between measurements.
volatile std::sig_atomic_t came = 0;

}  // namespace

void remember_interrupt() {
  struct sigaction action {};
  action.sa_handler = [](int) { came = 1; };
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  ::sigaction(SIGINT, &action, nullptr);
}

bool interrupted() { return came != 0; }

}  // namespace v4v::bench
