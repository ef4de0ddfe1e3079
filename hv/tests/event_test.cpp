#include <gtest/gtest.h>

#include "test_guest.hpp"

namespace v4v::hv::testing {
namespace {

class event : public ::testing::Test {
 protected:
  event() { EXPECT_EQ(a.register_ring(ring), 0); }
  void send() { ASSERT_EQ(b.send(1, 5000, "x"), 1); }

  // Declared first, so that it outlives the domains that have it registered.
  ring_memory ring{5000, V4V_DOMAIN_ANY, 65536};
  embedded hv;
  guest a{hv, 1};
  guest b{hv, 2};
};

TEST_F(event, a_message_makes_its_receivers_descriptor_readable) {
  EXPECT_FALSE(a.descriptor_is_readable());
  send();
  EXPECT_TRUE(a.descriptor_is_readable());
  EXPECT_FALSE(b.descriptor_is_readable());
  EXPECT_TRUE(a.take_event());
  EXPECT_FALSE(a.take_event());
}

TEST_F(event, signalling_a_domain_whose_flag_is_set_costs_no_system_call) {
  for (int i = 0; i < 10; ++i)
    send();
  EXPECT_EQ(hv.counters().events, 1u);
  EXPECT_EQ(hv.counters().event_syscalls, 1u);
  a.clear_descriptor();
  send();
  EXPECT_FALSE(a.descriptor_is_readable());
  EXPECT_TRUE(a.take_event());
  send();
  EXPECT_TRUE(a.descriptor_is_readable());
  EXPECT_EQ(hv.counters().event_syscalls, 2u);
}

TEST_F(event, events_are_counted_when_their_domains_are_gone_too) {
  send();
  send();
  a.die();
  b.die();
  EXPECT_EQ(hv.counters().events, 2u) << "the first send's to a; a's death's to b";
}

TEST_F(event, comes_through_no_event_channel) {
  v4v_info info{};
  ASSERT_EQ(a.domain().hypercall(V4V_OP_info, address_of(&info), 0, 0, 0), 0);
  EXPECT_EQ(info.evtchn, 0u);
}

TEST_F(event, a_masked_domain_costs_its_senders_no_system_call) {
  a.domain().mask_events();
  send();
  EXPECT_FALSE(a.descriptor_is_readable());
  EXPECT_TRUE(a.take_event()) << "the flag is set as ever";
  EXPECT_EQ(hv.counters().events, 1u);
  EXPECT_EQ(hv.counters().event_syscalls, 0u);
}

TEST_F(event, unmasking_says_whether_an_event_came_meanwhile) {
  a.domain().mask_events();
  EXPECT_FALSE(a.domain().unmask_events());
  a.domain().mask_events();
  send();
  EXPECT_TRUE(a.domain().unmask_events());
  EXPECT_FALSE(a.descriptor_is_readable()) << "the caller knows already";
}

TEST_F(event, a_flag_set_before_masking_is_found_when_unmasking) {
  send();
  a.domain().mask_events();
  EXPECT_TRUE(a.domain().unmask_events());
  EXPECT_TRUE(a.descriptor_is_readable()) << "signalled before events were masked";
}

TEST_F(event, while_the_flag_is_not_taken_nothing_more_is_signalled) {
  a.domain().mask_events();
  send();
  EXPECT_TRUE(a.domain().unmask_events());
  while (ring.receive()) {
  }
  send();
  EXPECT_FALSE(a.descriptor_is_readable()) << "looking at the rings is not taking the event";
  EXPECT_TRUE(a.take_event());
}

TEST_F(event, after_unmasking_the_descriptor_works_again) {
  a.domain().mask_events();
  send();
  EXPECT_TRUE(a.domain().unmask_events());
  EXPECT_TRUE(a.take_event());
  send();
  EXPECT_TRUE(a.descriptor_is_readable());
}

}  // namespace
}  // namespace v4v::hv::testing
