#include <gtest/gtest.h>

#include <cerrno>

#include "commands.hpp"
#include "emulated.hpp"
#include "expect.hpp"
#include "loopback.hpp"
#include "ring.hpp"

namespace v4v::raw::testing {
namespace {

class commands : public ::testing::Test {
 protected:
  // What went wrong, or nothing.
  template <class F>
  std::string failure_of(const F& f) {
    try {
      f();
    } catch (const unexpected& e) {
      return e.what();
    }
    return "";
  }
  [[nodiscard]] domain here() { return this_domain(hv, emulated::number); }

  emulated hv;
};

TEST_F(commands, limits_are_those_of_the_contract) { reach_limits(here()); }

TEST_F(commands, limits_are_reached_where_they_are_small) {
  hv.set_limits(3, 5, 7, 65536);
  reach_limits(here());
}

TEST_F(commands, limits_are_for_domains_without_privileges) {
  emulated control(true);
  EXPECT_THROW(reach_limits(this_domain(control, emulated::number)), std::runtime_error);
}

TEST_F(commands, a_limit_that_does_not_hold_is_found) {
  hv.answer(V4V_OP_register_ring, 2, 0);
  EXPECT_EQ(failure_of([&] { reach_limits(here()); }),
            "a ring of 0 bytes: the result is 0 instead of EINVAL");
}

TEST_F(commands, a_privilege_that_is_not_asked_for_is_found) {
  hv.answer(V4V_OP_config, 1, 0);
  EXPECT_EQ(failure_of([&] { reach_limits(here()); }), "config: the result is 0 instead of EPERM");
}

TEST_F(commands, rings_come_and_go) { churn(here(), 300); }

TEST_F(commands, a_ring_that_does_not_go_is_found) {
  hv.answer(V4V_OP_unregister_ring, 3, -ENOENT);
  EXPECT_EQ(failure_of([&] { churn(here(), 10); }),
            "round 2: the ring is unregistered: the result is ENOENT instead of 0");
}

TEST_F(commands, a_message_is_sent_or_fails_as_expected) {
  EXPECT_EQ(failure_of([&] {
              send_one(hv, {.to = {9, emulated::number, 0}, .expected = "ECONNREFUSED"});
            }),
            "");
  EXPECT_EQ(failure_of([&] {
              send_one(hv, {.to = {9, emulated::number, 0}});
            }),
            "5 bytes are sent to domain 3 port 9: the result is ECONNREFUSED instead of 5");
  EXPECT_THROW(send_one(hv, {.expected = "EWHATEVER"}), std::runtime_error);
}

TEST_F(commands, listening_ends_with_its_time) {
  EXPECT_EQ(failure_of([&] { listen(hv, {.port = 5, .seconds = 1e-9}); }),
            "the time is over before all messages have come");
}

TEST_F(commands, another_magic_is_found) {
  hv.answer(V4V_OP_info, 1, 0);
  EXPECT_EQ(failure_of([&] { show_info(hv); }),
            "info: the magics are others (hypercall 39 is something else here)");
}

TEST_F(commands, a_hypervisor_without_v4v_is_said_to_be_one) {
  hv.answer(V4V_OP_info, 1, -ENOSYS);
  try {
    show_info(hv);
    FAIL();
  } catch (const std::runtime_error& e) {
    EXPECT_STREQ(e.what(), "info: ENOSYS (V4V is not enabled: boot Xen with the option v4v)");
  }
}

TEST_F(commands, a_message_that_wraps_is_received_whole) {
  memory in(hv, 1);
  ring r(hv, in, 0, 8, V4V_DOMAIN_ANY, 256);
  r.start_at(224);
  ASSERT_EQ(r.enter(), 0);
  EXPECT_EQ(failure_of([&] { send_through(here(), r, "sixteen letters and some more"); }), "");
}

TEST_F(commands, a_ring_goes_with_its_object_whatever_its_header_says) {
  memory in(hv, 1);
  {
    ring r(hv, in, 0, 8, V4V_DOMAIN_ANY, 256);
    ASSERT_EQ(r.enter(), 0);
    ASSERT_EQ(hv.pinned(), 1);
    r.header() = {};
  }
  EXPECT_EQ(hv.pinned(), 0);
}

}  // namespace
}  // namespace v4v::raw::testing
