#pragma once

#include <functional>
#include <string>
#include <vector>

#include "options.hpp"

namespace v4v::bench {

/// One measurement: what goes into which figure and column.
struct step {
  std::string figure;
  std::string column;
  std::string unit;
  std::function<double()> measure;
  bool only_once = false;  ///< Not in each repetition: it takes long.
};

/// What `o` wants, in the order in which it is done in each repetition.
std::vector<step> plan(const options& o);

}  // namespace v4v::bench
