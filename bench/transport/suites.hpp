#pragma once

#include <span>

#include "measure/plan.hpp"
#include "measure/ratios.hpp"

namespace v4v::bench {

/// Round trips of streams beside those of sockets, and the floors.
void plan_latency(plan& p);

/// Writes of all sizes.
void plan_throughput(plan& p);

/// Small messages: streams and datagrams, from one thread to another, and in more and more threads.
void plan_messages(plan& p);

/// More and more connections, idle and active, and senders; memory.
void plan_scale(plan& p);

/// What is to be divided by what, of these suites.
std::span<const ratio_definition> transport_ratios();

}  // namespace v4v::bench
