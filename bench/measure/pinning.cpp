#include "measure/pinning.hpp"

#include <sched.h>

#include <cerrno>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace v4v::bench {
namespace {

std::optional<int> near_processor;

void bind_this_thread(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(processor), &set);
  if (::sched_setaffinity(0, sizeof set, &set) != 0)
    throw std::system_error(errno, std::system_category(), "binding a thread to a processor");
}

}  // namespace

void enable_pinning() {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0)
    throw std::system_error(errno, std::system_category(), "asking for the processors");
  std::optional<int> far;
  for (int i = 0; i < CPU_SETSIZE && !near_processor; ++i) {
    if (!CPU_ISSET(static_cast<std::size_t>(i), &allowed)) continue;
    (far ? near_processor : far) = i;
  }
  if (!near_processor) throw std::runtime_error("--pin needs two processors");
  bind_this_thread(*far);
}

void pin_near_thread() {
  if (near_processor) bind_this_thread(*near_processor);
}

}  // namespace v4v::bench
