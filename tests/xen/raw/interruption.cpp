#include "interruption.hpp"

#include <csignal>
#include <initializer_list>

namespace v4v::raw {
namespace {

volatile std::sig_atomic_t seen = 0;

}  // namespace

void catch_interruptions() {
  struct sigaction action {};
  action.sa_handler = [](int) { seen = 1; };
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    ::sigaction(signal, &action, nullptr);
}

bool interrupted() { return seen != 0; }

}  // namespace v4v::raw
