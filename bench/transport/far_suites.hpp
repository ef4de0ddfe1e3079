#pragma once

#include "far_service.hpp"
#include "measure/plan.hpp"

namespace v4v::bench {

/// What there is to measure of a connection to another program, which must live as long as the
/// plan; both ends are in the guests' usual mode.
void plan_far_latency(plan& p, far_stream& to_service);
void plan_far_throughput(plan& p, far_stream& to_service);

}  // namespace v4v::bench
