#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cerrno>
#include <deque>

#include "test_guest.hpp"

namespace v4v::hv::testing {
namespace {

constexpr unsigned exists = V4V_RING_EXISTS;
constexpr unsigned empty = V4V_RING_EMPTY;
constexpr unsigned pending = V4V_RING_PENDING;
constexpr unsigned sufficient = V4V_RING_SUFFICIENT;

// A ring of 1,024 bytes that holds messages of 64 (48 of payload), filled to `free` bytes.
class notify : public ::testing::Test {
 protected:
  notify() { EXPECT_EQ(a.register_ring(ring), 0); }

  void fill() {
    while (b.send(1, 5000, std::string(48, 'x')) > 0) {
    }
    a.take_event();
  }
  // The receiver takes a message out and says so.
  void receive() {
    ASSERT_TRUE(ring.receive());
    a.notify();
  }

  // Declared first, so that it outlives the domains that have it registered.
  ring_memory ring{5000, V4V_DOMAIN_ANY, 1024};
  hypervisor_under_test hv;
  guest_under_test a{hv, 1};
  guest_under_test b{hv, 2};
  guest_under_test c{hv, 3};
};

TEST_F(notify, an_empty_ring_is_said_to_be_empty) {
  const auto answer = b.ask(1, 5000, 100);
  EXPECT_EQ(answer.flags, exists | empty | sufficient);
  EXPECT_EQ(answer.max_message_size, 1024u - 32);
}

TEST_F(notify, a_ring_with_a_message_is_not_empty) {
  b.send(1, 5000, "x");
  EXPECT_EQ(b.ask(1, 5000, 100).flags, exists | sufficient);
}

TEST_F(notify, a_ring_that_does_not_exist_gets_no_flags) {
  for (const auto& answer : {b.ask(1, 5001, 0), b.ask(9, 5000, 0), b.ask(0xffff, 5000, 0)}) {
    EXPECT_EQ(answer.flags, 0);
    EXPECT_EQ(answer.max_message_size, 0u);
  }
}

TEST_F(notify, a_ring_at_the_same_address_has_another_generation) {
  const auto first = b.ask(1, 5000, 0).generation;
  EXPECT_NE(first, 0u);
  EXPECT_EQ(c.ask(1, 5000, 0).generation, first);
  ASSERT_EQ(a.unregister_ring(ring), 0);
  EXPECT_EQ(b.ask(1, 5000, 0).generation, 0u);
  ASSERT_EQ(a.register_ring(ring), 0);
  EXPECT_NE(b.ask(1, 5000, 0).generation, first);
  EXPECT_NE(b.ask(1, 5000, 0).generation, 0u);
}

// Else a third domain could have the number come round just when a ring is replaced, unseen by
// those who compare; and its own rings would tell it how many others come and go.
TEST_F(notify, what_others_register_does_not_show_in_a_rings_generation) {
  const auto step_of_a = [&] {
    const auto before = b.ask(1, 5000, 0).generation;
    EXPECT_EQ(a.unregister_ring(ring), 0);
    EXPECT_EQ(a.register_ring(ring), 0);
    return static_cast<std::uint16_t>(b.ask(1, 5000, 0).generation - before);
  };
  const auto alone = step_of_a();
  ring_memory of_c{5000, V4V_DOMAIN_ANY, 1024};
  const auto before = b.ask(1, 5000, 0).generation;
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(c.register_ring(of_c), 0);
    EXPECT_EQ(c.register_ring(of_c), -EEXIST);
    ASSERT_EQ(c.unregister_ring(of_c), 0);
  }
  EXPECT_EQ(b.ask(1, 5000, 0).generation, before);
  ASSERT_EQ(a.unregister_ring(ring), 0);
  ASSERT_EQ(c.register_ring(of_c), 0);
  ASSERT_EQ(a.register_ring(ring), 0);
  EXPECT_EQ(static_cast<std::uint16_t>(b.ask(1, 5000, 0).generation - before), alone);
  ASSERT_EQ(c.unregister_ring(of_c), 0);
}

TEST_F(notify, a_domain_that_is_born_again_has_rings_of_other_generations) {
  const auto first = b.ask(1, 5000, 0).generation;
  a.die();
  guest_under_test again{hv, 1};
  ASSERT_EQ(again.register_ring(ring), 0);
  EXPECT_NE(b.ask(1, 5000, 0).generation, first);
  EXPECT_EQ(again.unregister_ring(ring), 0);
}

TEST_F(notify, a_ring_for_another_partner_looks_like_none) {
  ring_memory for_c{6000, 3, 4096};
  ASSERT_EQ(a.register_ring(for_c), 0);
  EXPECT_EQ(b.ask(1, 6000, 0).flags, 0);
  EXPECT_EQ(c.ask(1, 6000, 0).flags, exists | empty | sufficient);
}

TEST_F(notify, the_ring_considered_is_the_one_that_sendv_chooses) {
  ring_memory for_b{5000, 2, 2048};
  ASSERT_EQ(a.register_ring(for_b), 0);
  EXPECT_EQ(b.ask(1, 5000, 0).max_message_size, 2048u - 32);
  EXPECT_EQ(c.ask(1, 5000, 0).max_message_size, 1024u - 32);
}

TEST_F(notify, sufficient_means_that_the_send_succeeds) {
  fill();
  for (std::uint32_t size = 0; size < 64; ++size) {
    const bool fits = (b.ask(1, 5000, size).flags & sufficient) != 0;
    if (fits) {
      EXPECT_EQ(b.send(1, 5000, std::string(size, 'x')), size);
    } else {
      EXPECT_EQ(b.send(1, 5000, std::string(size, 'x')), -EAGAIN);
    }
  }
}

TEST_F(notify, who_was_answered_eagain_gets_an_event_when_there_is_room) {
  fill();
  EXPECT_FALSE(b.take_event());
  receive();
  EXPECT_TRUE(b.take_event());
  EXPECT_EQ(b.send(1, 5000, std::string(48, 'x')), 48);
}

TEST_F(notify, an_event_comes_once_and_only_when_the_space_is_enough) {
  fill();
  EXPECT_EQ(b.ask(1, 5000, 100).flags, exists | pending);
  receive();
  EXPECT_FALSE(b.take_event()) << "112 + 16 bytes need two messages gone, or more";
  receive();
  receive();
  EXPECT_TRUE(b.take_event());
  receive();
  EXPECT_FALSE(b.take_event());
}

TEST_F(notify, a_second_notify_replaces_the_space_waited_for_by_a_smaller_one) {
  fill();
  b.ask(1, 5000, 900);
  b.ask(1, 5000, 48);
  receive();
  EXPECT_TRUE(b.take_event());
}

TEST_F(notify, a_second_notify_replaces_the_space_waited_for_by_a_larger_one) {
  fill();
  b.ask(1, 5000, 48);
  b.ask(1, 5000, 900);
  receive();
  EXPECT_FALSE(b.take_event());
  while (ring.receive()) {
  }
  a.notify();
  EXPECT_TRUE(b.take_event());
}

TEST_F(notify, a_send_answered_eagain_replaces_the_space_waited_for_too) {
  fill();
  b.ask(1, 5000, 900);
  EXPECT_EQ(b.send(1, 5000, std::string(48, 'x')), -EAGAIN);
  receive();
  EXPECT_TRUE(b.take_event());
}

TEST_F(notify, an_answer_of_sufficient_ends_the_wait) {
  fill();
  b.ask(1, 5000, 900);
  ASSERT_EQ(b.ask(1, 5000, 0).flags, exists | sufficient);
  while (ring.receive()) {
  }
  a.notify();
  EXPECT_FALSE(b.take_event());
}

TEST_F(notify, a_wait_for_an_empty_message_is_a_wait) {
  fill();
  while (b.send(1, 5000, nullptr, 0) == 0) {
  }
  EXPECT_EQ(b.ask(1, 5000, 0).flags, exists | pending);
  receive();
  EXPECT_TRUE(b.take_event());
}

TEST_F(notify, several_domains_wait_for_one_ring) {
  fill();
  EXPECT_EQ(c.send(1, 5000, std::string(48, 'x')), -EAGAIN);
  EXPECT_EQ(a.send(1, 5000, std::string(500, 'x')), -EAGAIN) << "the owner may be one of them";
  receive();
  EXPECT_TRUE(b.take_event());
  EXPECT_TRUE(c.take_event());
  EXPECT_FALSE(a.take_event());
}

TEST_F(notify, one_domain_waits_for_several_rings) {
  ring_memory other{5001, V4V_DOMAIN_ANY, 32};
  ASSERT_EQ(a.register_ring(other), 0);
  ASSERT_EQ(b.send(1, 5001, nullptr, 0), 0);
  ASSERT_EQ(b.send(1, 5001, nullptr, 0), -EAGAIN);
  fill();
  ASSERT_TRUE(other.receive());
  a.notify();
  EXPECT_TRUE(b.take_event());
  receive();
  EXPECT_TRUE(b.take_event());
}

TEST_F(notify, a_payload_that_never_fits_waits_for_the_ring_to_go) {
  for (const std::uint32_t size : {1024u - 31, 0xfffffff0u, 0xffffffffu}) {
    const auto answer = b.ask(1, 5000, size);
    EXPECT_EQ(answer.flags, exists | empty | pending) << size;
    EXPECT_EQ(answer.max_message_size, 1024u - 32);
  }
  b.send(1, 5000, "x");
  receive();
  EXPECT_FALSE(b.take_event());
  a.unregister_ring(ring);
  EXPECT_TRUE(b.take_event());
  EXPECT_EQ(b.ask(1, 5000, 0).flags, 0);
}

TEST_F(notify, no_more_domains_than_a_limit_wait_for_one_ring) {
  std::deque<guest_under_test> crowd;
  for (std::uint16_t i = 0; i < V4V_MAX_WAITERS; ++i) {
    crowd.emplace_back(hv, static_cast<std::uint16_t>(100 + i));
    ASSERT_EQ(crowd.back().ask(1, 5000, 5000).flags, exists | empty | pending);
  }
  EXPECT_EQ(b.ask(1, 5000, 5000).flags, exists | empty) << "no event will come";
  EXPECT_EQ(crowd[7].ask(1, 5000, 900).flags, exists | empty | sufficient);
  EXPECT_EQ(b.ask(1, 5000, 5000).flags, exists | empty | pending) << "there is a place again";
  EXPECT_EQ(b.ask(1, 5000, 6000).flags, exists | empty | pending) << "who waits may wait for more";
  while (c.send(1, 5000, std::string(48, 'x')) > 0) {
  }
  EXPECT_EQ(c.send(1, 5000, std::string(48, 'x')), -ENOMEM);

  // The dead make room for the living.
  crowd.clear();
  EXPECT_EQ(c.send(1, 5000, std::string(48, 'x')), -EAGAIN);
  c.take_event();
  receive();
  EXPECT_TRUE(c.take_event());
}

TEST_F(notify, who_waits_at_a_ring_of_the_dead_alone_is_the_only_one_there) {
  std::deque<guest_under_test> crowd;
  for (std::uint16_t i = 0; i < V4V_MAX_WAITERS; ++i) {
    crowd.emplace_back(hv, static_cast<std::uint16_t>(100 + i));
    crowd.back().ask(1, 5000, 5000);
  }
  crowd.clear();
  b.ask(1, 5000, 5000);
  b.take_event();
  EXPECT_EQ(b.ask(1, 5000, 0).flags, exists | empty | sufficient);
  EXPECT_EQ(a.unregister_ring(ring), 0);
  EXPECT_FALSE(b.take_event()) << "it had its answer";
  EXPECT_EQ(a.notify(), 0);
}

TEST_F(notify, a_ring_may_go_after_its_waiter_was_satisfied) {
  fill();
  ASSERT_EQ(b.ask(1, 5000, 0).flags, exists | sufficient);
  ASSERT_EQ(a.unregister_ring(ring), 0);
  EXPECT_EQ(a.notify(), 0) << "nothing says any more that somebody waits there";
}

TEST_F(notify, when_a_ring_goes_those_who_wait_for_it_get_an_event) {
  fill();
  c.ask(1, 5000, 900);
  a.unregister_ring(ring);
  EXPECT_TRUE(b.take_event());
  EXPECT_TRUE(c.take_event());
}

TEST_F(notify, a_ring_for_a_partner_wakes_the_partner_who_waited_at_the_ring_for_any) {
  fill();
  ring_memory for_b{5000, 2, 4096};
  ASSERT_EQ(a.register_ring(for_b), 0);
  EXPECT_TRUE(b.take_event());
  EXPECT_FALSE(c.take_event());
  EXPECT_EQ(b.send(1, 5000, std::string(48, 'x')), 48);
}

TEST_F(notify, when_a_partners_ring_goes_the_partner_gets_an_event) {
  ring_memory for_c{6000, 3, 4096};
  ASSERT_EQ(a.register_ring(for_c), 0);
  c.take_event();
  a.unregister_ring(for_c);
  EXPECT_TRUE(c.take_event());
  EXPECT_FALSE(b.take_event());
}

TEST_F(notify, answers_every_entry_in_place) {
  questions<3> q;
  q.entries[0] = {{5000, 1, 0}, 0, 0, 10, 0};
  q.entries[1] = {{5001, 1, 0}, 0xff, 0, 10, 0xff};
  q.entries[2] = {{5000, 1, 0}, 0, 0, 5000, 0};
  ASSERT_EQ(b.domain().hypercall(V4V_OP_notify, address_of(&q), 0, 0, 0), 0);
  EXPECT_EQ(q.entries[0].flags, exists | empty | sufficient);
  EXPECT_EQ(q.entries[1].flags, 0);
  EXPECT_EQ(q.entries[2].flags, exists | empty | pending);
  EXPECT_EQ(q.entries[2].space_required, 5000u);
}

TEST_F(notify, what_it_does_not_answer_is_not_written) {
  // The entry lies across the end of a page that cannot be written, behind its `ring`.
  constexpr std::size_t page = V4V_PAGE_SIZE;
  auto* memory = static_cast<std::byte*>(
      mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(memory, MAP_FAILED);
  questions<1> q;
  q.entries[0] = {{5000, 1, 0}, 0xff, 0, 10, 0};
  constexpr std::size_t entry_at = page - offsetof(v4v_ring_data_ent, flags);
  std::memcpy(memory + entry_at - sizeof(q.head), &q, sizeof(q));
  ASSERT_EQ(mprotect(memory, page, PROT_READ), 0);

  const auto at = address_of(memory + entry_at - sizeof(q.head));
  EXPECT_EQ(b.domain().hypercall(V4V_OP_notify, at, 0, 0, 0), 0);
  v4v_ring_data_ent answer;
  std::memcpy(&answer, memory + entry_at, sizeof(answer));
  EXPECT_EQ(answer.flags, exists | empty | sufficient);
  EXPECT_EQ(answer.max_message_size, 1024u - 32);
  munmap(memory, 2 * page);
}

TEST_F(notify, bad_blocks_are_refused) {
  questions<1> q;
  q.entries[0] = {{5000, 1, 0}, 0, 0, 10, 0};
  q.head.magic ^= 1;
  EXPECT_EQ(b.domain().hypercall(V4V_OP_notify, address_of(&q), 0, 0, 0), -EINVAL);
  q.head.magic ^= 1;
  q.head.nent = V4V_DEFAULT_MAX_NOTIFY + 1;
  EXPECT_EQ(b.domain().hypercall(V4V_OP_notify, address_of(&q), 0, 0, 0), -ENOSPC);
  EXPECT_EQ(b.domain().hypercall(V4V_OP_notify, 16, 0, 0, 0), -EFAULT);
}

TEST_F(notify, takes_as_many_entries_as_info_says) {
  questions<V4V_DEFAULT_MAX_NOTIFY> q;
  for (auto& entry : q.entries)
    entry.ring = {5000, 1, 0};
  ASSERT_EQ(b.domain().hypercall(V4V_OP_notify, address_of(&q), 0, 0, 0), 0);
  for (const auto& entry : q.entries)
    ASSERT_EQ(entry.flags, exists | empty | sufficient);
}

TEST_F(notify, a_block_of_no_entries_does_the_receivers_half) {
  fill();
  ASSERT_TRUE(ring.receive());
  const v4v_ring_data none{V4V_RING_DATA_MAGIC, 0, 0, {}};
  EXPECT_EQ(a.domain().hypercall(V4V_OP_notify, address_of(&none), 0, 0, 0), 0);
  EXPECT_TRUE(b.take_event());
}

}  // namespace
}  // namespace v4v::hv::testing
