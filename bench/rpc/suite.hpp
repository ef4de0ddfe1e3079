#pragma once

#include <span>

#include <v4v/endpoint.hpp>

#include "measure/plan.hpp"
#include "measure/ratios.hpp"
#include "payload.hpp"

namespace v4v::bench {

/// Calls between two domains, beside those of KJ and of gRPC. The payload must live as long as the
/// plan.
void plan_rpc(plan& p, const payload& of_run);

/// What there is to measure of calls to a service in another program, in that domain.
void plan_far_rpc(plan& p, domain_type domain, const payload& of_run);

/// What is to be divided by what.
std::span<const ratio_definition> rpc_ratios();

}  // namespace v4v::bench
