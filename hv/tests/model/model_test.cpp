#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <string>

#include "tests/model/play.hpp"
#include "tests/model/scripts.hpp"

namespace v4v::hv::testing {
namespace {

// The same scripts each time, unless the environment says otherwise: RC_PARAMS="max_success=100000"
// plays that many, from another seed each time; RC_PARAMS="reproduce=..." is what a failure says.
const bool parameters = [] {
  setenv("RC_PARAMS", "seed=1 max_success=300 max_size=150", 0);
  return true;
}();

TEST(model, the_core_does_what_the_reference_says) {
  ASSERT_TRUE(parameters);
  const bool holds = rc::check("any script goes as in the reference", [] {
    const script s = *scripts();
    const played p = play(s);
    if (!p.alike) RC_FAIL("\n" + p.story);
  });
  EXPECT_TRUE(holds);
}

// The classes of what a script can lead to. A generator that does not reach one of them any more
// proves less than it seems to.
constexpr const char* outcomes[] = {
    "activity: EFAULT",
    "activity: EINVAL",
    "activity: a bit is set",
    "activity: a bit was set",
    "activity: ok",
    "activity: one page in place of another",
    "activity: taken back",
    "call: continued",
    "config: EBUSY",
    "config: EINVAL",
    "config: ENOENT",
    "config: EPERM",
    "config: ok",
    "death: of somebody who waits",
    "death: somebody waits for the dead",
    "info: ok",
    "notify: EFAULT",
    "notify: EINVAL",
    "notify: ENOSPC",
    "notify: a broken ring wakes nobody",
    "notify: a ring is hidden",
    "notify: a waiter gets an event",
    "notify: another generation",
    "notify: asks about a ring whose owner broke it",
    "notify: flags 10",
    "notify: flags 11",
    "notify: flags 6",
    "notify: flags 7",
    "notify: no event for what a domain before this one waited for",
    "notify: not enough for a waiter",
    "notify: sufficient ends a wait",
    "notify: waits for a ring to go",
    "op: ENOSYS",
    "receive: a message",
    "register: a bogus tx_ptr",
    "register: a slot beyond the page",
    "register: an event for the partner",
    "register: messages survive",
    "register: the partner waited at the ring for any",
    "register_ring: EEXIST",
    "register_ring: EFAULT",
    "register_ring: EINVAL",
    "register_ring: ENOSPC",
    "register_ring: ok",
    "ring: the partner's is preferred",
    "rules: a ring is hidden before a rule that would reveal it",
    "rules: one source port reveals a ring",
    "sendv: EAGAIN",
    "sendv: ECONNREFUSED",
    "sendv: EFAULT",
    "sendv: EMSGSIZE",
    "sendv: ENOSPC",
    "sendv: as much as can ever fit",
    "sendv: into a ring whose owner broke it",
    "sendv: no such ring",
    "sendv: ok",
    "sendv: one byte too many for ever",
    "sendv: over max_send_size",
    "sendv: over the end of a page",
    "sendv: rejected by a rule",
    "sendv: round the end of the ring",
    "sendv: succeeds while a wait stands",
    "tables_add: EFAULT",
    "tables_add: EINVAL",
    "tables_add: ENOSPC",
    "tables_add: EPERM",
    "tables_add: before another",
    "tables_add: far past the end",
    "tables_add: ok",
    "tables_del: ENOENT",
    "tables_del: EPERM",
    "tables_del: accept differs",
    "tables_del: all",
    "tables_del: an equal one",
    "tables_del: ok",
    "tables_list: EINVAL",
    "tables_list: EPERM",
    "tables_list: as many as there is room for",
    "tables_list: from a later one on",
    "tables_list: ok",
    "tables_list: past the end",
    "unregister: a waiter gets an event",
    "unregister: the partner gets an event",
    "unregister_ring: EFAULT",
    "unregister_ring: EINVAL",
    "unregister_ring: ENOENT",
    "unregister_ring: ok",
    "wait: replaced by a larger one",
    "wait: replaced by a smaller one",
};

TEST(model, the_scripts_reach_every_outcome) {
  std::map<std::string, long> sum;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    const played p = play(scripts()(rc::Random{seed}, 250).value());
    ASSERT_TRUE(p.alike) << p.story;
    for (const auto& [what, often] : p.outcomes)
      sum[what] += often;
  }
  for (const char* what : outcomes)
    EXPECT_GT(sum[what], 0) << what;
  if (std::getenv("V4V_OUTCOMES") == nullptr) return;
  for (const auto& [what, often] : sum)
    std::cout << often << '\t' << what << '\n';
}

}  // namespace
}  // namespace v4v::hv::testing
