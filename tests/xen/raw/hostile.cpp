#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <deque>

#include "answers.hpp"
#include "battlefield.hpp"
#include "commands.hpp"
#include "disturber.hpp"
#include "expect.hpp"
#include "hostile_calls.hpp"
#include "interruption.hpp"
#include "loopback.hpp"
#include "ring.hpp"
#include "tally.hpp"

namespace v4v::raw {
namespace {

using clock = std::chrono::steady_clock;
using seconds = std::chrono::duration<double>;

std::string text_of(const hostile_call& c) {
  const auto& a = c.arguments;
  return fmt::format("{} ({:#x}, {:#x}, {:#x}, {:#x}, {:#x})", operation_name(c.op & 0xffffffff),
                     c.op, a[0], a[1], a[2], a[3]);
}

// What is not as it should be is kept for the end, for all must be taken back first.
std::string attack(const domain& here, battlefield& field, const hostility& how) {
  hostile_calls calls(field, here.limits, is_privileged(here.hv), how.seed);
  const disturber meanwhile(field, how.seed + 1);
  tally done;
  const auto begin = clock::now();
  auto next_line = begin + std::chrono::seconds(10);
  std::string first_wrong;
  while (first_wrong.empty() && !interrupted()) {
    const auto now = clock::now();
    if (seconds(now - begin).count() >= how.seconds) break;
    if (how.calls != 0 && done.calls() >= how.calls) break;
    if (now >= next_line) {
      fmt::print("{:.0f} s, {} calls: {}\n", seconds(now - begin).count(), done.calls(),
                 done.text());
      next_line += std::chrono::seconds(10);
    }
    const hostile_call c = calls.next();
    const auto& a = c.arguments;
    const long result = here.hv.call(c.op, a[0], a[1], a[2], a[3]);
    done.add(c.op, result);
    if (!is_named(c.op, result))
      first_wrong = fmt::format("call {}, {}: the result is {}", done.calls(), text_of(c),
                                result_name(result));
  }
  fmt::print("summary: {:.0f} s, {} calls: {}\n", seconds(clock::now() - begin).count(),
             done.calls(), done.text());
  if (first_wrong.empty() && interrupted()) first_wrong = "interrupted before the end";
  return first_wrong;
}

// Whatever ring there may be: registered is what the headers said at some moment. All is tried,
// whatever becomes of one; the first that goes wrong is told.
std::string take_all_back(const domain& here, battlefield& field) {
  std::string first_wrong;
  const auto check = [&](bool as_it_should, long result, const std::string& what) {
    if (as_it_should || !first_wrong.empty()) return;
    first_wrong = fmt::format("{}: the result is {}", what, result_name(result));
  };
  const long without_page = here.hv.call(V4V_OP_activity);
  check(without_page == 0, without_page, "the activity page is taken back");
  std::uint64_t gone = 0;
  for (const std::uint32_t port : battlefield::ports) {
    for (const std::uint16_t partner : field.partners()) {
      v4v_ring name{};
      name.magic = V4V_RING_MAGIC;
      name.id = {{port, 0, 0}, partner, 0};
      const long result = here.hv.call(V4V_OP_unregister_ring, address(&name));
      check(result == 0 || result == -ENOENT, result,
            fmt::format("the ring at port {} for {} is unregistered, if there is one", port,
                        partner));
      if (result == 0) ++gone;
    }
  }
  if (first_wrong.empty()) fmt::print("ok: {} rings that were left are unregistered\n", gone);
  return first_wrong;
}

// There is room for as many rings as a domain may have, so it has none.
void require_that_none_is_left(const domain& here) {
  memory in(here.hv, here.limits.max_rings);
  std::deque<ring> rings;
  for (std::uint32_t i = 0; i < here.limits.max_rings; ++i)
    require(rings.emplace_back(here.hv, in, i, 70000 + i, V4V_DOMAIN_ANY, 256).enter(), 0,
            fmt::format("no other ring is left, so there is room for {}: number {}",
                        here.limits.max_rings, i + 1));
  for (ring& r : rings)
    require(r.leave(), 0, "the ring is unregistered");
  fmt::print("ok: no other ring is left: there is room for {}\n", here.limits.max_rings);
}

}  // namespace

void be_hostile(const domain& here, const hostility& how) {
  fmt::print("seed {}\n", how.seed);
  battlefield field(here, how.other);
  const std::string wrong = attack(here, field, how);
  const std::string left = take_all_back(here, field);
  if (!wrong.empty()) throw unexpected(wrong);
  if (!left.empty()) throw unexpected(left);

  expect(field.read_only_is_untouched(), "memory that cannot be written to is as it was");
  bool all_allowed = true;
  for (const std::uint64_t frame : field.frame_words())
    all_allowed = all_allowed && field.is_allowed_frame(frame);
  expect(all_allowed, "frame numbers, which nobody should have written to, are as they were");
  require_that_none_is_left(here);
  memory in(here.hv, 1);
  require_that_all_works(here, in);
  fmt::print("ok: a message to oneself arrives\n");
  expect(field.arena.has_stayed(), "the kernel has left the pages where they were");
}

}  // namespace v4v::raw
