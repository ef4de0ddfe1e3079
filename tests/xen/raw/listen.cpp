#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "commands.hpp"
#include "expect.hpp"
#include "interruption.hpp"
#include "memory.hpp"
#include "ring.hpp"

namespace v4v::raw {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::uint32_t listening_len = 16 * V4V_PAGE_SIZE - 64;

// The beginning, without what a terminal would obey: it comes from another guest.
std::string shown(std::string_view payload) {
  std::string s(payload.substr(0, 60));
  std::replace_if(
      s.begin(), s.end(), [](unsigned char c) { return c < ' ' || c >= 0x7f; }, '?');
  return s;
}

// Without an event channel: this looks again and again.
message wait_for_message(ring& r, clock::time_point end) {
  for (;;) {
    if (auto m = r.receive()) return *std::move(m);
    if (interrupted()) throw unexpected("interrupted before all messages had come");
    if (clock::now() >= end) throw unexpected("the time is over before all messages have come");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace

void listen(hypervisor& hv, const listening& how) {
  static_cast<void>(ask_limits(hv));
  memory in(hv, v4v_ring_pages(listening_len));
  ring r(hv, in, 0, how.port, how.partner, listening_len);
  require(r.enter(), 0, fmt::format("a ring is registered at port {}", how.port));
  fmt::print("listening\n");

  const auto end = how.seconds == 0
                       ? clock::time_point::max()
                       : clock::now() + std::chrono::duration_cast<clock::duration>(
                                            std::chrono::duration<double>(how.seconds));
  for (std::uint64_t i = 0; i < how.count; ++i) {
    const message m = wait_for_message(r, end);
    fmt::print("message from domain {} port {}: {} bytes \"{}\"\n", m.source.domain, m.source.port,
               m.payload.size(), shown(m.payload));
    if (how.partner != V4V_DOMAIN_ANY)
      require(m.source.domain, how.partner, "the domain that the message comes from");
    // Who waits for space is told that there is some.
    require(hv.call(V4V_OP_notify), 0, "notify");
  }
  if (how.partner != V4V_DOMAIN_ANY)
    fmt::print("ok: all messages come from domain {}\n", how.partner);
  expect(r.leave(), 0, "the ring is unregistered");
  expect(in.has_stayed(), "the kernel has left the ring's pages where they were");
}

}  // namespace v4v::raw
