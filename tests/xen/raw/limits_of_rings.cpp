#include <fmt/format.h>

#include <cerrno>
#include <deque>

#include "expect.hpp"
#include "limits.hpp"
#include "loopback.hpp"
#include "ring.hpp"

namespace v4v::raw {
namespace {

constexpr std::uint16_t any = V4V_DOMAIN_ANY;
constexpr std::uint32_t shaped_port = 1000;

long enter_with_pages(hypervisor& hv, ring& r, std::uint64_t count) {
  return hv.call(V4V_OP_register_ring, address(&r.header()), address(r.frames().data()), count);
}

void reach_limits_of_length(const domain& here, memory& in) {
  for (const std::uint32_t len : {0u, 16u, 40u}) {
    ring r(here.hv, in, 0, shaped_port, any, len);
    expect(r.enter(), -EINVAL, fmt::format("a ring of {} bytes", len));
  }
  ring too_long(here.hv, in, 0, shaped_port, any, V4V_MAX_RING_LEN + 16);
  expect(too_long.enter(), -EINVAL, "a ring of 16 MiB and 16 bytes");
  ring shortest(here.hv, in, 0, shaped_port, any, V4V_MIN_RING_LEN);
  expect(shortest.enter(), 0, "a ring of 32 bytes, the shortest, is registered");
  send_through(here, shortest, "");
  expect(shortest.leave(), 0, "it takes an empty message, and goes");
  ring longest(here.hv, in, 0, shaped_port, any, V4V_MAX_RING_LEN);
  expect(longest.enter(), 0, "a ring of 16 MiB, the longest, is registered");
  send_through(here, longest, std::string(10000, 'l'));
  expect(longest.leave(), 0, "it takes a message, and goes");
}

void miscount_pages(const domain& here, memory& in) {
  ring r(here.hv, in, 0, shaped_port, any, 8192);
  for (const std::uint64_t count : {std::uint64_t{0}, std::uint64_t{2}, std::uint64_t{4},
                                    std::uint64_t{3} << 32 | 3, ~std::uint64_t{0}})
    expect(enter_with_pages(here.hv, r, count), -EINVAL,
           fmt::format("a ring of three pages, said to be of {:#x}", count));
}

void spoil_headers(const domain& here, memory& in) {
  ring r(here.hv, in, 0, shaped_port, any, 1024);
  r.header().magic ^= 1;
  expect(r.enter(), -EINVAL, "a ring with another magic");
  expect(r.leave(), -EINVAL, "a ring with another magic, unregistered");
  r.header().magic ^= 1;
  expect(r.leave(), -ENOENT, "a ring that is not registered, unregistered");
  r.header().id.addr.port = V4V_PORT_ANY;
  expect(r.enter(), -EINVAL, "a ring at port 0");
  r.header().id.addr.port = shaped_port;
  for (const std::uint32_t rx : {8u, 1024u}) {
    r.start_at(rx);
    expect(r.enter(), -EINVAL, fmt::format("a ring of 1024 bytes with rx_ptr {}", rx));
  }
  r.start_at(0);
  expect(
      here.hv.call(V4V_OP_register_ring, address(&r.header()) + 16, address(r.frames().data()), 1),
      -EINVAL, "a ring that does not begin where a page does");
}

void spoil_frames(const domain& here, memory& in) {
  constexpr const char* nobody = "a ring whose {} page is nobody's";
  ring r(here.hv, in, 0, shaped_port, any, 8192);
  for (const std::size_t which : {std::size_t{0}, std::size_t{2}}) {
    const auto good = r.frames();
    r.frames()[which] = nobodys_frame(in);
    expect(r.enter(), -EFAULT, fmt::format(fmt::runtime(nobody), which == 0 ? "first" : "last"));
    r.frames()[which] = ~std::uint64_t{0};
    expect(r.enter(), -EFAULT, "a ring with a page of the largest number");
    r.frames() = good;
  }
}

void repeat_an_id(const domain& here, memory& in) {
  ring one(here.hv, in, 0, shaped_port, any, 1024);
  ring same(here.hv, in, 1, shaped_port, any, 2048);
  ring for_partner(here.hv, in, 2, shaped_port, here.id, 1024);
  require(one.enter(), 0, "a ring is registered");
  expect(same.enter(), -EEXIST, "another ring with the same port and partner");
  expect(for_partner.enter(), 0, "a ring with the same port and another partner is registered");
  send_through(here, for_partner, "for the partner");
  expect(one.empty(), "a message from the partner is in the partner's ring alone");
  expect(for_partner.leave(), 0, "the partner's ring is unregistered");
  send_through(here, one, "for any domain");
  expect(one.leave(), 0, "the next one is in that for any domain, which goes");
}

}  // namespace

void reach_limits_of_shapes(const domain& here, memory& in) {
  reach_limits_of_length(here, in);
  miscount_pages(here, in);
  spoil_headers(here, in);
  spoil_frames(here, in);
  repeat_an_id(here, in);
}

void reach_limit_of_rings(const domain& here, memory& in) {
  const std::uint32_t most = here.limits.max_rings;
  require(most < in.pages(), "max_rings is one that this program has the pages for");
  std::deque<ring> rings;
  for (std::uint32_t i = 0; i < most; ++i)
    require(rings.emplace_back(here.hv, in, i, 1 + i, any, 256).enter(), 0,
            fmt::format("ring {} of {}", i + 1, most));
  fmt::print("ok: max_rings rings, {}, are registered\n", most);
  ring one_more(here.hv, in, most, 1 + most, any, 256);
  expect(one_more.enter(), -ENOSPC, "one ring more");
  send_through(here, rings.front(), "first");
  send_through(here, rings.back(), "last");
  fmt::print("ok: the first and the last one take messages\n");
  expect(rings.back().leave(), 0, "one of them is unregistered");
  expect(one_more.enter(), 0, "another is registered in its place");
  require(one_more.leave(), 0, "it goes");
  rings.pop_back();
  for (ring& r : rings)
    require(r.leave(), 0, fmt::format("the ring at port {} is unregistered", r.port()));
  fmt::print("ok: all of them are unregistered\n");
}

}  // namespace v4v::raw
