#include "measure/machine.hpp"

#include <sched.h>
#include <sys/utsname.h>

#include <cstdlib>
#include <fstream>

namespace v4v::bench {
namespace {

#ifdef __clang__
constexpr const char* compiler = "Clang " __clang_version__;
#else
constexpr const char* compiler = "GCC " __VERSION__;
#endif

std::string processor_name() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("model name")) continue;
    const auto begin = line.find_first_not_of(" \t", line.find(':') + 1);
    if (begin != std::string::npos) return line.substr(begin);
  }
  return "unknown";
}

unsigned processors_allowed() {
  cpu_set_t set;
  return ::sched_getaffinity(0, sizeof set, &set) == 0 ? static_cast<unsigned>(CPU_COUNT(&set)) : 0;
}

// Of the first processor: they are mostly all the same.
std::string governor_name() {
  std::ifstream in("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  std::string name;
  return in >> name ? name : "not readable";
}

std::string kernel_name() {
  utsname name{};
  if (::uname(&name) != 0) return "unknown";
  return std::string(name.sysname) + ' ' + name.release + ' ' + name.machine;
}

}  // namespace

machine this_machine() {
  machine m{processor_name(), processors_allowed(), governor_name(), kernel_name(), compiler, 0};
  if (::getloadavg(&m.load, 1) != 1) m.load = -1;
  return m;
}

bool is_emulated(const machine& m) { return m.processor.find("QEMU") != std::string::npos; }

}  // namespace v4v::bench
