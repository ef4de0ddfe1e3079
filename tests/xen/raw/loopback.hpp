#pragma once

#include <cstdint>
#include <string_view>

#include "domain.hpp"
#include "memory.hpp"
#include "ring.hpp"

namespace v4v::raw {

/// sendv of one piece: its result. `from` is the port that the sender claims.
long send(hypervisor& hv, v4v_addr to, std::string_view payload, std::uint32_t from = 0,
          std::uint32_t type = V4V_MESSAGE_DGRAM);

/// Sends the payload to a ring of the domain's own, which is empty, and takes it out again: it must
/// be the same, and of this domain. Throws unexpected.
void send_through(const domain& here, ring& r, std::string_view payload);

/// Registers a ring in the first page of `in`, sends through it and unregisters it. Throws
/// unexpected.
void require_that_all_works(const domain& here, memory& in);

}  // namespace v4v::raw
