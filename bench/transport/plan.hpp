#pragma once

#include <vector>

#include "measure/turns.hpp"
#include "options.hpp"

namespace v4v::bench {

/// What `o` wants, in the order in which it is done in each repetition.
std::vector<step> plan(const options& o);

}  // namespace v4v::bench
