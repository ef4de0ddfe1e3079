#include <gtest/gtest.h>

#include <atomic>
#include <bit>
#include <cerrno>
#include <vector>

#include "machine.hpp"

namespace v4v::hv::testing {
namespace {

class activity : public ::testing::Test {
 protected:
  // A page for bits, and the list that names it.
  struct page_at {
    std::uint64_t bits;
    std::uint64_t pfn;
  };
  page_at make_page() {
    const std::uint64_t bits = a.allocate(V4V_PAGE_SIZE, V4V_PAGE_SIZE);
    return {bits, a.put(std::uint64_t{bits / V4V_PAGE_SIZE})};
  }
  long give(const page_at& page) { return a.call(V4V_OP_activity, page.bits, page.pfn, 1); }
  long take_back() { return a.call(V4V_OP_activity); }

  // The slots whose bits are set; clears them, as a guest does.
  using slots = std::vector<std::uint32_t>;
  slots work(const page_at& page) {
    slots found;
    for (std::uint32_t i = 0; i < V4V_ACTIVITY_SLOTS / 64; ++i) {
      auto& word = a.at<std::uint64_t>(page.bits + i * sizeof(std::uint64_t));
      for (std::uint64_t left = std::atomic_ref{word}.exchange(0); left != 0; left &= left - 1)
        found.push_back(i * 64 + static_cast<std::uint32_t>(std::countr_zero(left)));
    }
    return found;
  }
  void ring(std::uint32_t port, std::uint32_t slot) {
    ASSERT_EQ(a.register_ring(a.make_ring(port, any, 4000, slot)), 0);
  }

  machine m;
  bounded_guest a = m.guest(1);
  bounded_guest b = m.guest(2);
};

TEST_F(activity, a_message_sets_its_rings_bit_and_no_other) {
  const page_at page = make_page();
  ASSERT_EQ(give(page), 0);
  ring(10, 0);
  ring(11, 63);
  ring(12, 64);
  ring(13, V4V_ACTIVITY_SLOTS - 1);
  EXPECT_TRUE(work(page).empty());
  EXPECT_EQ(b.send(1, 11, "x"), 1);
  EXPECT_EQ(work(page), slots{63});
  EXPECT_EQ(b.send(1, 10, "x"), 1);
  EXPECT_EQ(b.send(1, 12, "x"), 1);
  EXPECT_EQ(b.send(1, 13, "x"), 1);
  EXPECT_EQ(work(page), (slots{0, 64, V4V_ACTIVITY_SLOTS - 1}));
}

TEST_F(activity, a_bit_that_was_cleared_is_set_by_the_next_message) {
  const page_at page = make_page();
  ASSERT_EQ(give(page), 0);
  ring(10, 5);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(b.send(1, 10, "x"), 1);
    EXPECT_EQ(work(page), slots{5});
  }
}

TEST_F(activity, the_bit_is_set_before_the_event) {
  const page_at page = make_page();
  ASSERT_EQ(give(page), 0);
  ring(10, 5);
  int events = 0;
  m.host.meanwhile = [&](test_port::step s) {
    if (s != test_port::step::event) return;
    ++events;
    EXPECT_EQ(work(page), slots{5});
  };
  EXPECT_EQ(b.send(1, 10, "x"), 1);
  m.host.meanwhile = nullptr;
  EXPECT_EQ(events, 1);
}

TEST_F(activity, a_send_that_fails_sets_no_bit) {
  const page_at page = make_page();
  ASSERT_EQ(give(page), 0);
  ring(10, 5);
  EXPECT_EQ(b.send(1, 10, std::string(4000, 'x')), -EMSGSIZE);
  const std::uint64_t to = b.put(v4v_send_addr{{}, {10, 1, 0}});
  const std::uint64_t vector = b.put(v4v_iov{0, 10, 0});
  EXPECT_EQ(b.call(V4V_OP_sendv, to, vector, 1, 0), -EFAULT);
  EXPECT_TRUE(work(page).empty());
}

TEST_F(activity, a_ring_without_a_slot_sets_no_bit) {
  const page_at page = make_page();
  ASSERT_EQ(give(page), 0);
  ring(10, ~std::uint32_t{0});  // 0 in the header
  EXPECT_EQ(b.send(1, 10, "x"), 1);
  EXPECT_TRUE(work(page).empty());
}

TEST_F(activity, a_slot_beyond_the_page_is_none) {
  const page_at page = make_page();
  ASSERT_EQ(give(page), 0);
  std::uint32_t port = 10;
  for (const std::uint32_t beyond : {V4V_ACTIVITY_SLOTS, V4V_ACTIVITY_SLOTS + 1, 0xfffffffe}) {
    ring(++port, beyond);
    EXPECT_EQ(b.send(1, port, "x"), 1);
  }
  EXPECT_TRUE(work(page).empty());
}

TEST_F(activity, two_rings_with_one_slot_share_its_bit) {
  const page_at page = make_page();
  ASSERT_EQ(give(page), 0);
  ring(10, 5);
  ring(11, 5);
  EXPECT_EQ(b.send(1, 10, "x"), 1);
  EXPECT_EQ(b.send(1, 11, "x"), 1);
  EXPECT_EQ(work(page), slots{5});
  EXPECT_EQ(b.send(1, 11, "x"), 1);
  EXPECT_EQ(work(page), slots{5});
}

TEST_F(activity, the_slot_is_the_one_at_registration) {
  const page_at page = make_page();
  ASSERT_EQ(give(page), 0);
  const auto r = a.make_ring(10, any, 4000, 5);
  ASSERT_EQ(a.register_ring(r), 0);
  const std::uint32_t other = 8;
  std::memcpy(a.header(r).reserved, &other, sizeof(other));
  EXPECT_EQ(b.send(1, 10, "x"), 1);
  EXPECT_EQ(work(page), slots{5});
}

TEST_F(activity, a_page_may_come_after_the_rings) {
  ring(10, 5);
  EXPECT_EQ(b.send(1, 10, "x"), 1);
  const page_at page = make_page();
  ASSERT_EQ(give(page), 0);
  EXPECT_TRUE(work(page).empty()) << "of what came before it says nothing";
  EXPECT_EQ(b.send(1, 10, "x"), 1);
  EXPECT_EQ(work(page), slots{5});
}

TEST_F(activity, a_page_that_is_taken_back_is_unpinned_and_not_written) {
  const page_at page = make_page();
  ring(10, 5);
  const long pinned = m.host.pinned();
  ASSERT_EQ(give(page), 0);
  EXPECT_EQ(m.host.pinned(), pinned + 1);
  ASSERT_EQ(take_back(), 0);
  EXPECT_EQ(m.host.pinned(), pinned);
  EXPECT_EQ(b.send(1, 10, "x"), 1);
  EXPECT_TRUE(work(page).empty());
  EXPECT_EQ(take_back(), 0) << "there is none";
}

TEST_F(activity, a_second_page_takes_the_place_of_the_first) {
  const page_at first = make_page();
  const page_at second = make_page();
  ring(10, 5);
  const long pinned = m.host.pinned();
  ASSERT_EQ(give(first), 0);
  ASSERT_EQ(give(second), 0);
  EXPECT_EQ(m.host.pinned(), pinned + 1);
  EXPECT_EQ(b.send(1, 10, "x"), 1);
  EXPECT_TRUE(work(first).empty());
  EXPECT_EQ(work(second), slots{5});
}

TEST_F(activity, the_page_goes_with_the_domain) {
  ASSERT_EQ(give(make_page()), 0);
  EXPECT_EQ(m.host.pinned(), 1);
  a.die();
  EXPECT_EQ(m.host.pinned(), 0);
}

TEST_F(activity, a_page_that_is_a_ring_too_harms_only_its_owner) {
  const auto r = a.make_ring(10, any, 4000, 5);
  ASSERT_EQ(a.register_ring(r), 0);
  ASSERT_EQ(give({r.header, r.pfns}), 0);
  for (int i = 0; i < 100; ++i)
    b.send(1, 10, "whatever");
  EXPECT_EQ(take_back(), 0);
  EXPECT_EQ(a.unregister_ring({r.header, r.pfns, r.pages}), -EINVAL) << "it overwrote its magic";
}

TEST_F(activity, a_ring_for_it_and_the_end_of_one_have_bits_of_their_own) {
  const page_at page = make_page();
  ASSERT_EQ(give(page), 0);
  const auto of_b = b.make_ring(20, 1, 4000);
  ASSERT_EQ(b.register_ring(of_b), 0);
  EXPECT_EQ(work(page), slots{V4V_ACTIVITY_ROOM});
  ASSERT_EQ(b.unregister_ring(of_b), 0);
  EXPECT_EQ(work(page), slots{V4V_ACTIVITY_GONE});
  const auto for_all = b.make_ring(20, any, 4000);
  ASSERT_EQ(b.register_ring(for_all), 0);
  ASSERT_EQ(b.unregister_ring(for_all), 0);
  EXPECT_TRUE(work(page).empty()) << "nobody is told of those";
}

TEST_F(activity, who_waits_for_space_learns_of_it_by_a_bit) {
  const page_at page = make_page();
  ASSERT_EQ(give(page), 0);
  const auto r = b.make_ring(20, any, 4000);
  ASSERT_EQ(b.register_ring(r), 0);
  ASSERT_EQ(a.send(2, 20, std::string(3000, 'x')), 3000);
  ASSERT_EQ(a.send(2, 20, std::string(3000, 'x')), -EAGAIN);
  EXPECT_TRUE(work(page).empty());
  b.header(r).rx_ptr = b.header(r).tx_ptr;
  ASSERT_EQ(b.call(V4V_OP_notify), 0);
  EXPECT_EQ(work(page), slots{V4V_ACTIVITY_ROOM});

  ASSERT_EQ(a.send(2, 20, std::string(3000, 'x')), 3000);
  ASSERT_EQ(a.send(2, 20, std::string(3000, 'x')), -EAGAIN);
  ASSERT_EQ(b.unregister_ring(r), 0);
  EXPECT_EQ(work(page), slots{V4V_ACTIVITY_ROOM}) << "the wait is over, too";
}

TEST_F(activity, the_end_of_any_domain_has_a_bit) {
  const page_at page = make_page();
  ASSERT_EQ(give(page), 0);
  b.die();
  EXPECT_EQ(work(page), slots{V4V_ACTIVITY_GONE});
}

TEST_F(activity, the_bit_of_an_event_without_message_is_set_before_it) {
  const page_at page = make_page();
  ASSERT_EQ(give(page), 0);
  int events = 0;
  m.host.meanwhile = [&](test_port::step s) {
    if (s != test_port::step::event) return;
    ++events;
    EXPECT_EQ(work(page), slots{V4V_ACTIVITY_ROOM});
  };
  ASSERT_EQ(b.register_ring(b.make_ring(20, 1, 4000)), 0);
  m.host.meanwhile = nullptr;
  EXPECT_EQ(events, 1);
}

TEST_F(activity, bad_arguments_are_refused_and_the_page_stays) {
  const page_at page = make_page();
  ASSERT_EQ(give(page), 0);
  EXPECT_EQ(a.call(V4V_OP_activity, page.bits + 8, page.pfn, 1), -EINVAL);
  EXPECT_EQ(a.call(V4V_OP_activity, page.bits, page.pfn, 0), -EINVAL);
  EXPECT_EQ(a.call(V4V_OP_activity, page.bits, page.pfn, 2), -EINVAL);
  EXPECT_EQ(a.call(V4V_OP_activity, page.bits, page.pfn, std::uint64_t{1} << 32 | 1), -EINVAL);
  EXPECT_EQ(a.call(V4V_OP_activity, page.bits, 0, 1), -EFAULT);
  const std::uint64_t wild = a.put(~std::uint64_t{0});
  EXPECT_EQ(a.call(V4V_OP_activity, page.bits, wild, 1), -EFAULT);
  a.at<std::uint64_t>(wild) = a.memory().size() / V4V_PAGE_SIZE;
  EXPECT_EQ(a.call(V4V_OP_activity, page.bits, wild, 1), -EFAULT);
  EXPECT_EQ(m.host.pinned(), 1);
  ring(10, 5);
  EXPECT_EQ(b.send(1, 10, "x"), 1);
  EXPECT_EQ(work(page), slots{5});
}

}  // namespace
}  // namespace v4v::hv::testing
