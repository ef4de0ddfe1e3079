#include <cerrno>
#include <cstring>

#include "expect.hpp"
#include "limits.hpp"
#include "loopback.hpp"
#include "ring.hpp"

namespace v4v::raw {
namespace {

constexpr std::uint32_t slot = 64 * 100 + 7;

bool has(const std::uint64_t* bits, std::uint32_t which) {
  return (bits[which / 64] >> which % 64 & 1) != 0;
}

}  // namespace

void reach_limits_of_activity(const domain& here, memory& in) {
  const auto* const bits = new (in.page(1)) std::uint64_t[V4V_ACTIVITY_SLOTS / 64]{};
  const std::uint64_t frame = in.frames()[1];
  const std::uint64_t nobodys = nobodys_frame(in);
  const auto give = [&](std::uint64_t at, const std::uint64_t& pfn, std::uint64_t pages) {
    return here.hv.call(V4V_OP_activity, at, address(&pfn), pages);
  };
  expect(give(address(bits) + 8, frame, 1), -EINVAL,
         "an activity page that does not begin where a page does");
  for (const std::uint64_t pages :
       {std::uint64_t{0}, std::uint64_t{2}, (std::uint64_t{1} << 32) + 1})
    expect(give(address(bits), frame, pages), -EINVAL, "an activity page of another size");
  expect(give(address(bits), nobodys, 1), -EFAULT, "an activity page that is nobody's");

  ring r(here.hv, in, 0, 4000, V4V_DOMAIN_ANY, 1024);
  const std::uint32_t slot_and_one = slot + 1;
  std::memcpy(r.header().reserved, &slot_and_one, sizeof(slot_and_one));
  require(r.enter(), 0, "a ring with a slot is registered");
  expect(give(address(bits), frame, 1), 0, "an activity page is given");
  send_through(here, r, "marked");
  expect(has(bits, slot), "a message sets the bit of the ring's slot");
  expect(here.hv.call(V4V_OP_activity), 0, "the page is taken back");
  std::memset(in.page(1), 0, V4V_PAGE_SIZE);
  send_through(here, r, "not marked");
  expect(!has(bits, slot), "then a message sets it no more");
  require(r.leave(), 0, "the ring is unregistered");
}

}  // namespace v4v::raw
