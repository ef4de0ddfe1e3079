#include "measure/others.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>

namespace v4v::bench {
namespace {

double seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}

double own_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace

// proc(5): the first line has user, nice, system, idle, iowait, irq, softirq, steal, in ticks.
others::reading others::read() {
  const std::chrono::duration<double> now = std::chrono::steady_clock::now().time_since_epoch();
  reading r{now.count(), 0, own_seconds(), 0};
  std::ifstream in("/proc/stat");
  std::string name;
  double user = 0, nice = 0, system = 0, idle = 0, waiting = 0, irq = 0, soft_irq = 0, steal = 0;
  if (in >> name >> user >> nice >> system >> idle >> waiting >> irq >> soft_irq >> steal) {
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    r.busy = (user + nice + system) / ticks;  // interrupts may well be our own packets
    r.stolen = steal / ticks;
  }
  return r;
}

others::share others::since() const {
  const reading end = read();
  const double time = end.when - begin_.when;
  if (end.busy == 0 || time <= 0) return {};
  const double of_others = (end.busy - begin_.busy) - (end.own - begin_.own);
  return {std::max(of_others, 0.0) / time, (end.stolen - begin_.stolen) / time};
}

}  // namespace v4v::bench
