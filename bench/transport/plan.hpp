#pragma once

#include <vector>

#include "far_service.hpp"
#include "measure/turns.hpp"
#include "options.hpp"

namespace v4v::bench {

/// What `o` wants, in the order in which it is done in each repetition.
std::vector<step> plan(const options& o);

/// What there is to measure of a connection to another program, which must live as long as the
/// steps.
std::vector<step> plan(const options& o, far_stream& to_service);

}  // namespace v4v::bench
