#include "measure/conditions.hpp"

#include <sched.h>
#include <sys/utsname.h>

#include <cstdlib>
#include <fstream>

#include <fmt/core.h>

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

std::string kernel_name() {
  utsname name{};
  if (::uname(&name) != 0) return "unknown";
  return std::string(name.sysname) + ' ' + name.release + ' ' + name.machine;
}

}  // namespace

conditions conditions_now() {
  conditions c{processor_name(), processors_allowed(), kernel_name(), compiler, 0};
  if (::getloadavg(&c.load, 1) != 1) c.load = -1;
  return c;
}

bool is_emulated(const conditions& c) { return c.processor.find("QEMU") != std::string::npos; }

void print(const conditions& c) {
  fmt::print("{}, {} processors, {}, {}, load {:.2f}\n", c.processor, c.processors, c.kernel,
             c.compiler, c.load);
  if (is_emulated(c))
    fmt::print(
        "This processor is emulated: the figures show that it works, and nothing of speed.\n");
}

}  // namespace v4v::bench
