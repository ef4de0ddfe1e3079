#pragma once

#include <string>

namespace v4v::bench {

/// Where and how it was measured.
struct conditions {
  std::string processor;
  unsigned processors = 0;  ///< That this process may use.
  std::string kernel;
  std::string compiler;
  double load = 0;  ///< Of the machine in the minute before.
};

conditions conditions_now();

/// Whether the processor is one that QEMU says it emulates: what is measured there is QEMU.
bool is_emulated(const conditions& c);

/// Says on the standard output where it is measured, and what that is worth if it is emulated.
void print(const conditions& c);

}  // namespace v4v::bench
