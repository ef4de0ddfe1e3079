#pragma once

#include "domain.hpp"
#include "memory.hpp"

namespace v4v::raw {

// The parts of reach_limits(), each about one thing. They may use all of `in`, leave nothing
// registered, and throw unexpected.

/// Pages that they need: for the largest ring that there can be, and one more.
inline constexpr std::size_t pages_for_limits = V4V_MAX_RING_LEN / V4V_PAGE_SIZE + 2;

/// A frame number that no guest has memory at, though it would be a page of `in` if its upper bits
/// were lost.
[[nodiscard]] std::uint64_t nobodys_frame(const memory& in);

void reach_limits_of_shapes(const domain& here, memory& in);  ///< Of one ring.
void reach_limit_of_rings(const domain& here, memory& in);    ///< Their number.
void reach_limits_of_sends(const domain& here, memory& in);
void reach_limits_of_notify(const domain& here, memory& in);
void reach_limits_of_activity(const domain& here, memory& in);
void pass_bad_addresses(const domain& here, memory& in);
void ask_for_what_is_not_ours(const domain& here, memory& in);  ///< Privileged or no operations.

}  // namespace v4v::raw
