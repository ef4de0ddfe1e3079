#include "limits.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "commands.hpp"
#include "expect.hpp"
#include "interruption.hpp"
#include "loopback.hpp"

namespace v4v::raw {

std::uint64_t nobodys_frame(const memory& in) { return in.frames()[0] | std::uint64_t{1} << 40; }

void reach_limits(const domain& here) {
  if (is_privileged(here.hv))
    throw std::runtime_error("this domain is privileged: run this in one that is not");
  memory in(here.hv, pages_for_limits);
  require_that_all_works(here, in);
  fmt::print("ok: a message to oneself, domain {}, arrives\n", here.id);

  constexpr void (*parts[])(const domain&, memory&) = {
      reach_limits_of_shapes,  reach_limit_of_rings,     reach_limits_of_sends,
      reach_limits_of_notify,  reach_limits_of_activity, pass_bad_addresses,
      ask_for_what_is_not_ours};
  for (const auto part : parts) {
    require(!interrupted(), "it goes on to its end, uninterrupted");
    part(here, in);
    require_that_all_works(here, in);
    fmt::print("ok: afterwards a message to oneself arrives\n");
  }
  expect(in.has_stayed(), "the kernel has left the pages where they were");
}

}  // namespace v4v::raw
