#pragma once

#include <string>

namespace v4v::bench {

/// What a run was made on, and with.
struct machine {
  std::string processor;
  unsigned processors = 0;  ///< That this process may use.
  std::string governor;     ///< Of their frequencies, or that it cannot be read.
  std::string kernel;
  std::string compiler;
  double load = 0;  ///< Of the machine in the minute before; negative if it is not known.
};

machine this_machine();

/// Whether the processor is one that QEMU says it emulates: what is measured there is QEMU.
bool is_emulated(const machine& m);

}  // namespace v4v::bench
