#include <fmt/format.h>

#include <cerrno>
#include <string>

#include "expect.hpp"
#include "limits.hpp"
#include "loopback.hpp"
#include "ring.hpp"
#include "unreachable.hpp"

namespace v4v::raw {
namespace {

constexpr std::uint32_t unharmed_port = 4500;

// Each pointer of each operation, but for null where that means something.
void pass_everywhere(const domain& here, memory& in, ring& r, std::uint64_t bad) {
  hypervisor& hv = here.hv;
  const v4v_send_addr to{{0, 0, 0}, {unharmed_port, here.id, 0}};
  const v4v_iov bad_piece{bad, 100, 0};
  const std::uint64_t frame = in.frames()[0];
  v4v_ring other = r.header();
  other.id.addr.port = unharmed_port + 1;
  auto* const other_at = new (in.page(1)) v4v_ring{other};

  require(hv.call(V4V_OP_register_ring, bad, address(&frame), 1), -EFAULT, "register_ring, ring");
  require(hv.call(V4V_OP_register_ring, address(other_at), bad, 1), -EFAULT,
          "register_ring, frame numbers");
  require(hv.call(V4V_OP_unregister_ring, bad), -EFAULT, "unregister_ring");
  if (bad != 0) require(hv.call(V4V_OP_notify, bad), -EFAULT, "notify");
  require(hv.call(V4V_OP_sendv, bad, address(&bad_piece), 1), -EFAULT, "sendv, addresses");
  require(hv.call(V4V_OP_sendv, address(&to), bad, 1), -EFAULT, "sendv, vector");
  require(hv.call(V4V_OP_sendv, address(&to), address(&bad_piece), 1), -EFAULT, "sendv, piece");
  require(hv.call(V4V_OP_info, bad), -EFAULT, "info");
  require(hv.call(V4V_OP_activity, address(in.page(1)), bad, 1), -EFAULT, "activity, frame number");
  require(r.empty(), "nothing is in the ring");
}

void run_over_the_end(const domain& here, memory& in, ring& r) {
  hypervisor& hv = here.hv;
  const std::uint64_t end = address(in.bytes().data()) + in.bytes().size();
  const v4v_send_addr to{{0, 0, 0}, {unharmed_port, here.id, 0}};
  const std::string some(1000, 'o');
  const v4v_iov pieces[] = {{address(some.data()), static_cast<std::uint32_t>(some.size()), 0},
                            {end - 50, 100, 0}};
  require(hv.call(V4V_OP_sendv, address(&to), address(pieces), 2), -EFAULT,
          "a piece of which half is there, after one that is");
  require(hv.call(V4V_OP_sendv, end - 8, address(pieces), 1), -EFAULT, "addresses half there");
  require(hv.call(V4V_OP_sendv, address(&to), end - 8, 1), -EFAULT, "a vector half there");
  require(hv.call(V4V_OP_info, end - 8), -EFAULT, "info half there");
  require(hv.call(V4V_OP_unregister_ring, end - 8), -EFAULT, "a ring's name half there");
  auto* const block = new (reinterpret_cast<void*>(end - sizeof(v4v_ring_data))) v4v_ring_data{};
  block->magic = V4V_RING_DATA_MAGIC;
  block->nent = 1;
  require(hv.call(V4V_OP_notify, address(block)), -EFAULT, "questions beyond the end");
  require(r.empty(), "nothing is in the ring");
  send_through(here, r, "whole");
}

}  // namespace

void pass_bad_addresses(const domain& here, memory& in) {
  ring r(here.hv, in, 0, unharmed_port, V4V_DOMAIN_ANY, 3000 / 16 * 16);
  require(r.enter(), 0, "a ring is registered");
  for (const auto& [at, name] : unreachable_pages) {
    try {
      pass_everywhere(here, in, r, at);
    } catch (const unexpected& e) {
      throw unexpected(fmt::format("{} ({:#x}) as {}", name, at, e.what()));
    }
    fmt::print("ok: {}, {:#x}, as each pointer of each operation: EFAULT\n", name, at);
  }
  run_over_the_end(here, in, r);
  fmt::print("ok: memory that ends in the middle, as each pointer of each operation: EFAULT\n");
  require(r.leave(), 0, "the ring is unregistered");
}

}  // namespace v4v::raw
