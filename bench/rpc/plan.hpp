#pragma once

#include <vector>

#include "measure/turns.hpp"
#include "options.hpp"
#include "payload.hpp"

namespace v4v::bench {

/// What `o` wants, in the order in which it is done in each repetition. The payload must live
/// as long as the steps.
std::vector<step> plan(const options& o, const payload& of_run);

}  // namespace v4v::bench
