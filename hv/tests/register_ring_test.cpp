#include <gtest/gtest.h>

#include <cerrno>
#include <deque>
#include <random>

#include "test_guest.hpp"

namespace v4v::hv::testing {
namespace {

class register_ring : public ::testing::Test {
 protected:
  // Declared first, so that it outlives the domains that have it registered.
  ring_memory ring{5000, V4V_DOMAIN_ANY, 8192};
  hypervisor_under_test hv;
  guest_under_test a{hv, 1};
  guest_under_test b{hv, 2};
};

TEST_F(register_ring, a_registered_ring_takes_messages) {
  EXPECT_EQ(b.send(1, 5000, "early"), -ECONNREFUSED);
  ASSERT_EQ(a.register_ring(ring), 0);
  EXPECT_EQ(b.send(1, 5000, "hello"), 5);
  const auto m = ring.receive();
  ASSERT_TRUE(m);
  EXPECT_EQ(m->payload, "hello");
}

TEST_F(register_ring, a_domain_cannot_have_more_rings_than_its_limit) {
  std::deque<ring_memory> rings;
  for (std::uint32_t i = 0; i < V4V_DEFAULT_MAX_RINGS; ++i) {
    rings.emplace_back(100 + i, V4V_DOMAIN_ANY, 32);
    ASSERT_EQ(a.register_ring(rings.back()), 0);
  }
  EXPECT_EQ(a.register_ring(ring), -ENOSPC);
  EXPECT_EQ(b.register_ring(ring), 0) << "a limit is for one domain";
}

TEST_F(register_ring, unregistering_makes_room_for_another_ring) {
  for (std::uint32_t i = 0; i < 3 * V4V_DEFAULT_MAX_RINGS; ++i) {
    ring.header().id.addr.port = i + 1;
    ASSERT_EQ(a.register_ring(ring), 0);
    ASSERT_EQ(a.unregister_ring(ring), 0);
  }
}

TEST_F(register_ring, rings_are_found_whatever_their_ports_have_in_common) {
  // As many keys as buckets, at random: many share one, in chains of three and more.
  std::mt19937 random{1};
  std::deque<ring_memory> rings;
  for (std::uint32_t i = 0; i < V4V_DEFAULT_MAX_RINGS; ++i) {
    rings.emplace_back(static_cast<std::uint32_t>(random()) | 1, V4V_DOMAIN_ANY, 64);
    ASSERT_EQ(a.register_ring(rings[i]), 0);
  }
  const auto port = [&](std::uint32_t i) { return rings[i].header().id.addr.port; };
  for (std::uint32_t i = 0; i < V4V_DEFAULT_MAX_RINGS; ++i) {
    ASSERT_EQ(b.send(1, port(i), "x"), 1) << i;
    ASSERT_TRUE(rings[i].receive()) << i;
  }

  // Every third goes, from the front, the middle and the end of the chains, and comes back.
  for (const std::uint32_t gone : {0u, 1u, 2u}) {
    for (std::uint32_t i = gone; i < V4V_DEFAULT_MAX_RINGS; i += 3)
      ASSERT_EQ(a.unregister_ring(rings[i]), 0);
    for (std::uint32_t i = 0; i < V4V_DEFAULT_MAX_RINGS; ++i) {
      ASSERT_EQ(b.send(1, port(i), "x"), i % 3 == gone ? -ECONNREFUSED : 1) << i;
      ASSERT_EQ(rings[i].receive().has_value(), i % 3 != gone) << i;
    }
    for (std::uint32_t i = gone; i < V4V_DEFAULT_MAX_RINGS; i += 3)
      ASSERT_EQ(a.register_ring(rings[i]), 0);
  }
}

TEST_F(register_ring, a_ring_has_a_largest_and_a_smallest_length) {
  for (const std::uint32_t len : {0u, 16u, 8200u, V4V_MAX_RING_LEN + 16, 0xfffffff0u}) {
    ring.header().len = len;
    EXPECT_EQ(a.register_ring(ring, v4v_ring_pages(len)), -EINVAL) << len;
  }
  ring_memory largest{1, V4V_DOMAIN_ANY, V4V_MAX_RING_LEN};
  EXPECT_EQ(a.register_ring(largest), 0);
  ring_memory smallest{2, V4V_DOMAIN_ANY, V4V_MIN_RING_LEN};
  EXPECT_EQ(a.register_ring(smallest), 0);
}

TEST_F(register_ring, the_page_count_is_exactly_what_header_and_data_take) {
  EXPECT_EQ(ring.page_count, 3u) << "64 bytes of header push the data into a third page";
  for (const std::uint64_t count : {std::uint64_t{0}, std::uint64_t{2}, std::uint64_t{4},
                                    std::uint64_t{3} << 32 | 3, ~std::uint64_t{0}}) {
    EXPECT_EQ(a.register_ring(ring, count), -EINVAL) << count;
  }
  EXPECT_EQ(a.register_ring(ring, 3), 0);
}

TEST_F(register_ring, an_unaligned_or_out_of_range_rx_ptr_is_refused) {
  for (const std::uint32_t rx : {8u, 15u, 8192u, 0xfffffff0u}) {
    ring.set_rx(rx);
    EXPECT_EQ(a.register_ring(ring), -EINVAL) << rx;
  }
}

TEST_F(register_ring, a_refused_rx_ptr_leaves_nothing_behind) {
  ring.set_rx(8);
  EXPECT_EQ(a.register_ring(ring), -EINVAL);
  EXPECT_EQ(b.send(1, 5000, "x"), -ECONNREFUSED);
  ring.set_rx(0);
  EXPECT_EQ(a.register_ring(ring), 0);
}

TEST_F(register_ring, a_ring_that_is_there_is_said_to_be_there_whatever_its_positions) {
  ASSERT_EQ(a.register_ring(ring), 0);
  ring.set_rx(8);
  EXPECT_EQ(a.register_ring(ring), -EEXIST);
}

TEST_F(register_ring, a_bogus_tx_ptr_becomes_rx_ptr) {
  for (const std::uint32_t tx : {8u, 8192u, 0xffffffffu}) {
    ring.set_rx(4096);
    ring.header().tx_ptr = tx;
    ASSERT_EQ(a.register_ring(ring), 0);
    EXPECT_EQ(ring.tx(), 4096u);
    ASSERT_EQ(a.unregister_ring(ring), 0);
  }
}

TEST_F(register_ring, a_sane_tx_ptr_is_kept_and_with_it_the_messages) {
  ASSERT_EQ(a.register_ring(ring), 0);
  ASSERT_EQ(b.send(1, 5000, "before"), 6);
  ASSERT_EQ(a.unregister_ring(ring), 0);
  ASSERT_EQ(a.register_ring(ring), 0);
  ASSERT_EQ(b.send(1, 5000, "after"), 5);
  EXPECT_EQ(ring.receive()->payload, "before");
  EXPECT_EQ(ring.receive()->payload, "after");
}

TEST_F(register_ring, an_existing_id_is_refused_and_nothing_is_left_locked) {
  ASSERT_EQ(a.register_ring(ring), 0);
  ring_memory same{5000, V4V_DOMAIN_ANY, 4096};
  EXPECT_EQ(a.register_ring(same), -EEXIST);
  EXPECT_EQ(b.send(1, 5000, "x"), 1);
  EXPECT_EQ(a.unregister_ring(ring), 0);
  EXPECT_EQ(a.register_ring(same), 0);
}

TEST_F(register_ring, a_half_failed_register_leaves_nothing_behind) {
  ring_memory other{5000, V4V_DOMAIN_ANY, 65536};
  const auto good = other.pfns;
  other.pfns.back() = 0;
  EXPECT_EQ(a.register_ring(other), -EFAULT);
  other.pfns.back() = ~std::uint64_t{0};
  EXPECT_EQ(a.register_ring(other), -EFAULT);
  EXPECT_EQ(b.send(1, 5000, "x"), -ECONNREFUSED);
  other.pfns = good;
  EXPECT_EQ(a.register_ring(other), 0);
}

TEST_F(register_ring, pages_need_not_be_neighbours) {
  ring_memory swapped{6000, V4V_DOMAIN_ANY, 4 * V4V_PAGE_SIZE};
  std::swap(swapped.pfns[1], swapped.pfns[3]);
  ASSERT_EQ(a.register_ring(swapped), 0);
  const std::string payload = std::string(5000, 'x') + std::string(5000, 'y');
  ASSERT_EQ(b.send(1, 6000, payload), 10000);
  // Put back in the order in which the hypervisor has them.
  const auto* memory = static_cast<const char*>(static_cast<void*>(&swapped.header()));
  std::string seen(memory, V4V_PAGE_SIZE);
  for (const unsigned page : {3u, 2u, 1u})
    seen.append(memory + page * V4V_PAGE_SIZE, V4V_PAGE_SIZE);
  EXPECT_EQ(seen.substr(64 + 16, payload.size()), payload);
}

TEST_F(register_ring, the_header_must_make_sense) {
  ring.header().magic ^= 1;
  EXPECT_EQ(a.register_ring(ring), -EINVAL);
  EXPECT_EQ(a.unregister_ring(ring), -EINVAL);
  ring.header().magic ^= 1;
  ring.header().id.addr.port = V4V_PORT_ANY;
  EXPECT_EQ(a.register_ring(ring), -EINVAL);
  EXPECT_EQ(a.domain().hypercall(V4V_OP_register_ring, address_of(&ring.header()) + 16,
                                 address_of(ring.pfns.data()), 3, 0),
            -EINVAL);
}

TEST_F(register_ring, addresses_out_of_the_guests_reach_are_faults) {
  auto& d = a.domain();
  const std::uint64_t ring_at = address_of(&ring.header());
  for (const std::uint64_t bad : {std::uint64_t{0}, std::uint64_t{1} << 63, ~std::uint64_t{4095}}) {
    EXPECT_EQ(d.hypercall(V4V_OP_register_ring, bad, address_of(ring.pfns.data()), 3, 0), -EFAULT);
    EXPECT_EQ(d.hypercall(V4V_OP_register_ring, ring_at, bad, 3, 0), -EFAULT);
    EXPECT_EQ(d.hypercall(V4V_OP_unregister_ring, bad, 0, 0, 0), -EFAULT);
    EXPECT_EQ(d.hypercall(V4V_OP_info, bad, 0, 0, 0), -EFAULT);
  }
}

TEST_F(register_ring, the_hypervisor_keeps_no_guest_pointer_after_the_call) {
  {
    const std::vector<std::uint64_t> pfns = ring.pfns;
    ASSERT_EQ(a.register_ring(ring), 0);
  }
  // The frame numbers are gone, and so is everything in the header that was the guest's to write.
  ring.pfns.clear();
  ring.pfns.shrink_to_fit();
  ring.header().magic = 0;
  ring.header().len = 0;
  ring.header().id = {};
  ring.header().tx_ptr = 0xdeadbeef;
  EXPECT_EQ(b.send(1, 5000, "x"), 1);
  EXPECT_EQ(ring.tx(), 32u);
}

TEST_F(register_ring, a_ring_that_is_gone_is_not_written) {
  ASSERT_EQ(a.register_ring(ring), 0);
  ASSERT_EQ(a.unregister_ring(ring), 0);
  EXPECT_EQ(a.unregister_ring(ring), -ENOENT);
  EXPECT_EQ(b.send(1, 5000, "x"), -ECONNREFUSED);
  EXPECT_EQ(ring.tx(), 0u);
}

TEST_F(register_ring, an_operation_that_is_not_there_answers_enosys) {
  for (const std::uint32_t op : {0u, 3u, 12u, 0xffffffffu}) {
    EXPECT_EQ(a.domain().hypercall(op, 0, 0, 0, 0), -ENOSYS);
  }
}

TEST_F(register_ring, info_reports_the_limits) {
  v4v_info info;
  std::memset(&info, 0xff, sizeof(info));
  ASSERT_EQ(a.domain().hypercall(V4V_OP_info, address_of(&info), 0, 0, 0), 0);
  EXPECT_EQ(info.ring_magic, V4V_RING_MAGIC);
  EXPECT_EQ(info.data_magic, V4V_RING_DATA_MAGIC);
  EXPECT_EQ(info.max_rings, V4V_DEFAULT_MAX_RINGS);
  EXPECT_EQ(info.max_sendv, V4V_DEFAULT_MAX_SENDV);
  EXPECT_EQ(info.max_notify, V4V_DEFAULT_MAX_NOTIFY);
  EXPECT_EQ(info.max_send_size, V4V_DEFAULT_MAX_SEND_SIZE);
  EXPECT_EQ(info.pad, 0u);
}

}  // namespace
}  // namespace v4v::hv::testing
