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

}  // namespace v4v::bench
