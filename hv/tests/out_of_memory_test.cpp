// What the core leaves behind when its port has no memory left.

#include <gtest/gtest.h>

#include <cerrno>

#include "machine.hpp"

namespace v4v::hv::testing {
namespace {

TEST(out_of_memory, a_domain_that_cannot_be_born_leaves_nothing_behind) {
  machine m;
  test_domain context{};
  domain* created = nullptr;
  for (std::uint64_t n = 1; n <= 3; ++n) {
    m.host.fail_nth(n, test_port::allocations);
    EXPECT_EQ(m.core->create_domain(1, &context, created), -ENOMEM) << n;
    EXPECT_TRUE(m.host.has_failed());
    EXPECT_EQ(m.host.imbalance(), "");
  }
  m.host.fail_nth(4, test_port::allocations);
  ASSERT_EQ(m.core->create_domain(1, &context, created), 0);
  EXPECT_EQ(m.core->destroy_domain(created), 0);
}

TEST(out_of_memory, who_cannot_be_remembered_does_not_wait) {
  machine m;
  bounded_guest a = m.guest(1);
  bounded_guest b = m.guest(2);
  const auto ring = a.make_ring(10, any, 32);
  ASSERT_EQ(a.register_ring(ring), 0);
  ASSERT_EQ(b.send(1, 10, ""), 0);
  m.host.fail_nth(1, test_port::allocations);
  EXPECT_EQ(b.send(1, 10, ""), -ENOMEM);
  m.host.fail_nth(1, test_port::allocations);
  EXPECT_EQ(b.ask(1, 10, 0).flags, V4V_RING_EXISTS);

  ASSERT_TRUE(a.receive(ring));
  EXPECT_EQ(a.notify(), 0);
  EXPECT_FALSE(b.take_event());
  // Nor does the ring, when it has gone, look as if somebody waited there.
  ASSERT_EQ(a.unregister_ring(ring), 0);
  EXPECT_EQ(a.notify(), 0);
}

TEST(out_of_memory, who_waits_already_goes_on_waiting) {
  machine m;
  bounded_guest a = m.guest(1);
  bounded_guest b = m.guest(2);
  const auto ring = a.make_ring(10, any, 32);
  ASSERT_EQ(a.register_ring(ring), 0);
  ASSERT_EQ(b.send(1, 10, ""), 0);
  ASSERT_EQ(b.send(1, 10, ""), -EAGAIN);
  m.host.fail_nth(1, test_port::allocations);
  EXPECT_EQ(b.send(1, 10, ""), -EAGAIN) << "no second entry is needed";
  m.host.fail_nothing();
  ASSERT_TRUE(a.receive(ring));
  EXPECT_EQ(a.notify(), 0);
  EXPECT_TRUE(b.take_event());
}

// ---- How much there has to be

TEST(memory, of_the_hypervisor_for_a_ring_is_small_and_known) {
  machine m;
  bounded_guest a = m.guest(1, 600);
  for (const std::uint32_t len : {32u, 65'536u, 1'048'576u}) {
    const long before = m.host.bytes();
    const auto ring = a.make_ring(len, any, len);
    ASSERT_EQ(a.register_ring(ring), 0);
    EXPECT_LT(m.host.bytes() - before, 256 + 8L * ring.pages);
    ASSERT_EQ(a.unregister_ring(ring), 0);
    EXPECT_EQ(m.host.bytes(), before);
  }
}

TEST(memory, of_the_hypervisor_for_a_waiter_is_small_and_known) {
  machine m;
  bounded_guest a = m.guest(1);
  bounded_guest b = m.guest(2);
  const auto ring = a.make_ring(10, any, 32);
  ASSERT_EQ(a.register_ring(ring), 0);
  ASSERT_EQ(b.send(1, 10, ""), 0);
  const long before = m.host.bytes();
  ASSERT_EQ(b.send(1, 10, ""), -EAGAIN);
  ASSERT_EQ(b.send(1, 10, ""), -EAGAIN);
  EXPECT_LE(m.host.bytes() - before, 32);
  ASSERT_TRUE(a.receive(ring));
  EXPECT_EQ(a.notify(), 0);
  EXPECT_EQ(m.host.bytes(), before);
}

}  // namespace
}  // namespace v4v::hv::testing
