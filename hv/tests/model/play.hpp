#pragma once

#include <map>
#include <string>

#include "tests/model/operations.hpp"

namespace v4v::hv::testing {

/// What became of a script, played to the core and to the reference.
struct played {
  bool alike = true;
  std::string story;  ///< Each operation in a sentence, with what the core answered; and the end.
  std::map<std::string, long> outcomes;  ///< What happened, in classes, and how often.
};

/// Plays it until the two differ.
[[nodiscard]] played play(const script& s);

}  // namespace v4v::hv::testing
