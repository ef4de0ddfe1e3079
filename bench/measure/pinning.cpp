#include "measure/pinning.hpp"

#include <sched.h>

#include <cerrno>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fmt/core.h>

namespace v4v::bench {
namespace {

std::optional<int> near_processor;
cpu_set_t all_processors;  // before anything was bound; once near_processor is known

void bind_this_thread(const cpu_set_t& set) {
  if (::sched_setaffinity(0, sizeof set, &set) != 0)
    throw std::system_error(errno, std::system_category(), "binding a thread to a processor");
}

void bind_this_thread(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(processor), &set);
  bind_this_thread(set);
}

}  // namespace

std::string enable_pinning() {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0)
    throw std::system_error(errno, std::system_category(), "asking for the processors");
  std::optional<int> far;
  for (int i = 0; i < CPU_SETSIZE && !near_processor; ++i) {
    if (!CPU_ISSET(static_cast<std::size_t>(i), &allowed)) continue;
    (far ? near_processor : far) = i;
  }
  if (!near_processor) throw std::runtime_error("--pin needs two processors");
  all_processors = allowed;
  bind_this_thread(*far);
  return fmt::format("processors {} and {}", *far, *near_processor);
}

void pin_near_thread() {
  if (near_processor) bind_this_thread(*near_processor);
}

void unpin_this_thread() {
  if (near_processor) bind_this_thread(all_processors);
}

}  // namespace v4v::bench
