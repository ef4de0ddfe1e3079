#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "machine.hpp"

namespace v4v::hv::testing {
namespace {

class config : public ::testing::Test {
 protected:
  static v4v_config limits(std::uint32_t rings, std::uint32_t vectors, std::uint32_t entries,
                           std::uint32_t bytes) {
    return {rings, vectors, entries, bytes, 1, 0};
  }

  machine m;
  bounded_guest control = m.guest(0, 8, true);
  bounded_guest a = m.guest(1, 128);
  bounded_guest b = m.guest(2, 128);
};

TEST_F(config, info_reports_the_defaults) {
  const v4v_info info = a.info();
  EXPECT_EQ(info.ring_magic, V4V_RING_MAGIC);
  EXPECT_EQ(info.data_magic, V4V_RING_DATA_MAGIC);
  EXPECT_EQ(info.max_rings, 128u);
  EXPECT_EQ(info.max_sendv, 128u);
  EXPECT_EQ(info.max_notify, 256u);
  EXPECT_EQ(info.max_send_size, 32u << 20);
  EXPECT_EQ(info.pad, 0u);
}

TEST_F(config, info_names_the_ports_event_channel) {
  EXPECT_EQ(a.info().evtchn, 101u);
  EXPECT_EQ(b.info().evtchn, 102u);
}

TEST_F(config, limits_are_set_for_one_domain_and_info_reports_them) {
  ASSERT_EQ(control.configure(limits(3, 4, 5, 6)), 0);
  const v4v_info info = a.info();
  EXPECT_EQ(info.max_rings, 3u);
  EXPECT_EQ(info.max_sendv, 4u);
  EXPECT_EQ(info.max_notify, 5u);
  EXPECT_EQ(info.max_send_size, 6u);
  EXPECT_EQ(b.info().max_rings, 128u);
}

TEST_F(config, limits_hold) {
  ASSERT_EQ(control.configure(limits(1, 2, 1, 10)), 0);
  ASSERT_EQ(a.register_ring(a.make_ring(1, any, 4096)), 0);
  EXPECT_EQ(a.register_ring(a.make_ring(2, any, 4096)), -ENOSPC);

  ASSERT_EQ(b.register_ring(b.make_ring(9, any, 4096)), 0);
  EXPECT_EQ(a.send(2, 9, "0123456789"), 10);
  EXPECT_EQ(a.send(2, 9, "0123456789a"), -EMSGSIZE);
  const std::uint64_t to = a.put(v4v_send_addr{{}, {9, 2, 0}});
  const std::uint64_t vectors = a.allocate(3 * sizeof(v4v_iov));
  EXPECT_EQ(a.call(V4V_OP_sendv, to, vectors, 2, 0), 0);
  EXPECT_EQ(a.call(V4V_OP_sendv, to, vectors, 3, 0), -ENOSPC);

  const std::uint64_t block = a.put(v4v_ring_data{V4V_RING_DATA_MAGIC, 1, 0, {}});
  a.allocate(2 * sizeof(v4v_ring_data_ent));
  EXPECT_EQ(a.call(V4V_OP_notify, block), 0);
  a.at<v4v_ring_data>(block).nent = 2;
  EXPECT_EQ(a.call(V4V_OP_notify, block), -ENOSPC);
}

TEST_F(config, a_limit_of_0_is_none_of_it) {
  ASSERT_EQ(control.configure(limits(0, 0, 0, 0)), 0);
  EXPECT_EQ(a.register_ring(a.make_ring(1, any, 32)), -ENOSPC);
  ASSERT_EQ(b.register_ring(b.make_ring(9, any, 4096)), 0);
  const std::uint64_t to = a.put(v4v_send_addr{{}, {9, 2, 0}});
  EXPECT_EQ(a.call(V4V_OP_sendv, to, 0, 0, 0), 0) << "an empty message needs no vector";
  EXPECT_EQ(a.send(2, 9, ""), -ENOSPC);
  EXPECT_EQ(a.ask(2, 9, 1).flags, 0xffff);
  EXPECT_EQ(a.notify(), 0);
}

TEST_F(config, is_refused_while_the_domain_has_rings) {
  const auto ring = a.make_ring(1, any, 4096);
  ASSERT_EQ(a.register_ring(ring), 0);
  EXPECT_EQ(control.configure(limits(3, 4, 5, 6)), -EBUSY);
  EXPECT_EQ(a.info().max_rings, 128u);
  ASSERT_EQ(a.unregister_ring(ring), 0);
  EXPECT_EQ(control.configure(limits(3, 4, 5, 6)), 0);
  EXPECT_EQ(a.info().max_rings, 3u);
}

TEST_F(config, what_cannot_be_given_is_refused) {
  EXPECT_EQ(control.configure(limits(V4V_MAX_RINGS, V4V_MAX_SENDV, V4V_MAX_NOTIFY, ~0u)), 0);
  EXPECT_EQ(control.configure(limits(V4V_MAX_RINGS + 1, 1, 1, 1)), -EINVAL);
  EXPECT_EQ(control.configure(limits(~0u, 1, 1, 1)), -EINVAL);
  EXPECT_EQ(control.configure(limits(1, V4V_MAX_SENDV + 1, 1, 1)), -EINVAL);
  EXPECT_EQ(control.configure(limits(1, 1, V4V_MAX_NOTIFY + 1, 1)), -EINVAL);
  EXPECT_EQ(a.info().max_rings, V4V_MAX_RINGS);
}

TEST_F(config, a_domain_may_have_as_many_rings_as_it_was_given) {
  ASSERT_EQ(control.configure(limits(300, 1, 1, 100)), 0);
  // One page of memory serves all of them, one after the other: what is pinned is what counts.
  const auto ring = a.make_ring(1, any, 64);
  for (std::uint32_t port = 1; port <= 300; ++port) {
    a.header(ring).id.addr.port = port;
    a.header(ring).rx_ptr = a.header(ring).tx_ptr = 0;
    ASSERT_EQ(a.register_ring(ring), 0) << port;
  }
  a.header(ring).id.addr.port = 301;
  EXPECT_EQ(a.register_ring(ring), -ENOSPC);
  for (const std::uint32_t port : {1u, 150u, 300u}) {
    a.header(ring).rx_ptr = 0;
    EXPECT_EQ(b.send(1, port, "x"), 1) << port;
  }
}

TEST_F(config, is_for_the_privileged) {
  EXPECT_EQ(a.configure(limits(3, 4, 5, 6)), -EPERM);
  EXPECT_EQ(a.call(V4V_OP_config, 0), -EPERM) << "before anything else is looked at";
  EXPECT_EQ(a.info().max_rings, 128u);
}

TEST_F(config, a_domain_that_is_not_there_is_not_found) {
  v4v_config c = limits(1, 1, 1, 1);
  for (const std::uint32_t id : {3u, 0x7ff3u, 0x7ff4u, 0xffffu}) {
    c.target_id = static_cast<std::uint16_t>(id);
    EXPECT_EQ(control.configure(c), -ENOENT) << id;
  }
}

TEST_F(config, an_address_out_of_reach_is_a_fault) {
  EXPECT_EQ(control.call(V4V_OP_config, 0), -EFAULT);
  EXPECT_EQ(control.call(V4V_OP_config, control.memory().size() - 16), -EFAULT);
}

TEST_F(config, that_fails_for_lack_of_memory_changes_nothing) {
  m.host.fail_nth(1, test_port::allocations);
  EXPECT_EQ(control.configure(limits(1000, 1, 1, 1)), -ENOMEM);
  EXPECT_EQ(a.info().max_rings, 128u);
  EXPECT_EQ(a.register_ring(a.make_ring(1, any, 32)), 0);
}

}  // namespace
}  // namespace v4v::hv::testing
