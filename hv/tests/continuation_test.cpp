// Calls that take long and are made in pieces, between which anything may happen.

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "core/errors.hpp"
#include "machine.hpp"

namespace v4v::hv::testing {
namespace {

constexpr std::uint32_t large = 200 * V4V_PAGE_SIZE - sizeof(v4v_ring);  // 200 pages

class continuation : public ::testing::Test {
 protected:
  continuation() { m.host.yield_every = 1; }

  // As by a port that keeps 32 bits of the progress.
  long operate(bounded_guest& g, call& c) {
    c.progress = static_cast<std::uint32_t>(c.progress);
    return m.core->operate(g.self(), c);
  }

  machine m;
  bounded_guest a = m.guest(1, 512);
  bounded_guest b = m.guest(2, 512);
};

TEST_F(continuation, notify_answers_an_entry_in_each_piece) {
  ASSERT_EQ(a.register_ring(a.make_ring(10, any, 4096)), 0);
  const std::uint64_t block = b.put(v4v_ring_data{V4V_RING_DATA_MAGIC, 5, 0, {}});
  const std::uint64_t entries = b.allocate(5 * sizeof(v4v_ring_data_ent));
  const auto entry = [&](std::uint64_t i) -> v4v_ring_data_ent& {
    return b.at<v4v_ring_data_ent>(entries + i * sizeof(v4v_ring_data_ent));
  };
  for (std::uint32_t i = 0; i < 5; ++i)
    entry(i) = {{10, 1, 0}, 0, 0, 100, 0};
  call c{V4V_OP_notify, block};
  for (std::uint32_t i = 0; i < 5; ++i) {
    EXPECT_EQ(entry(i).flags, 0);
    EXPECT_EQ(operate(b, c), i < 4 ? error::restart : 0);
    EXPECT_EQ(entry(i).flags, V4V_RING_EXISTS | V4V_RING_EMPTY | V4V_RING_SUFFICIENT);
  }
}

TEST_F(continuation, notify_looks_at_its_block_again_in_each_piece) {
  const std::uint64_t block = b.put(v4v_ring_data{V4V_RING_DATA_MAGIC, 3, 0, {}});
  b.allocate(3 * sizeof(v4v_ring_data_ent));
  call c{V4V_OP_notify, block};
  ASSERT_EQ(operate(b, c), error::restart);
  b.at<v4v_ring_data>(block).nent = 100'000;
  EXPECT_EQ(operate(b, c), -ENOSPC);

  b.at<v4v_ring_data>(block).nent = 3;
  c = {V4V_OP_notify, block};
  ASSERT_EQ(operate(b, c), error::restart);
  b.at<v4v_ring_data>(block).nent = 0;
  EXPECT_EQ(operate(b, c), 0);

  b.at<v4v_ring_data>(block).nent = 3;
  c = {V4V_OP_notify, block};
  ASSERT_EQ(operate(b, c), error::restart);
  b.at<v4v_ring_data>(block).magic = 0;
  EXPECT_EQ(operate(b, c), -EINVAL);
}

TEST_F(continuation, notify_wakes_the_waiters_of_a_ring_in_each_piece) {
  std::vector<bounded_guest::ring_at> rings;
  for (std::uint32_t port = 10; port < 13; ++port) {
    rings.push_back(a.make_ring(port, any, 64));
    ASSERT_EQ(a.register_ring(rings.back()), 0);
    ASSERT_EQ(b.send(1, port, std::string(32, 'x')), 32);
    ASSERT_EQ(b.send(1, port, "y"), -EAGAIN);
  }
  for (const auto& r : rings)
    ASSERT_TRUE(a.receive(r));
  b.take_event();
  call c{V4V_OP_notify};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(operate(a, c), error::restart);
    EXPECT_TRUE(b.take_event()) << i;
  }
  EXPECT_EQ(operate(a, c), 0);
  EXPECT_FALSE(b.take_event());
}

TEST_F(continuation, a_ring_that_goes_between_the_pieces_of_notify_has_woken_its_waiters) {
  std::vector<bounded_guest::ring_at> rings;
  for (std::uint32_t port = 10; port < 12; ++port) {
    rings.push_back(a.make_ring(port, any, 64));
    ASSERT_EQ(a.register_ring(rings.back()), 0);
    ASSERT_EQ(b.send(1, port, std::string(32, 'x')), 32);
    ASSERT_EQ(b.send(1, port, "y"), -EAGAIN);
    ASSERT_TRUE(a.receive(rings.back()));
  }
  call c{V4V_OP_notify};
  ASSERT_EQ(operate(a, c), error::restart);
  b.take_event();
  ASSERT_EQ(a.unregister_ring(rings[1]), 0);
  EXPECT_TRUE(b.take_event());
  EXPECT_EQ(operate(a, c), 0);
}

TEST_F(continuation, a_wrong_progress_costs_the_caller_its_own_answers_alone) {
  const auto ring = a.make_ring(10, any, 64);
  ASSERT_EQ(a.register_ring(ring), 0);
  const std::uint64_t block = b.put(v4v_ring_data{V4V_RING_DATA_MAGIC, 3, 0, {}});
  b.allocate(3 * sizeof(v4v_ring_data_ent));
  for (const std::uint64_t wrong :
       {UINT64_C(1), UINT64_C(0xffffffff), UINT64_C(1) << 31 | 2, UINT64_C(1) << 31 | 3,
        UINT64_C(1) << 31 | 0xffff, ~UINT64_C(0)}) {
    call asks{V4V_OP_notify, block};
    asks.progress = wrong;
    long result;
    while ((result = operate(b, asks)) == error::restart) {
    }
    EXPECT_EQ(result, 0) << wrong;
    call tells{V4V_OP_notify};
    tells.progress = wrong;
    EXPECT_EQ(operate(a, tells), 0) << wrong;
    call unregisters{V4V_OP_unregister_ring, ring.header};
    unregisters.progress = wrong;
    EXPECT_EQ(operate(a, unregisters), 0) << wrong;
    EXPECT_NE(b.ask(1, 10, 1).flags, 0) << "still there";
  }
}

TEST_F(continuation, unregister_unpins_in_pieces) {
  const auto ring = a.make_ring(10, b.id(), large);
  ASSERT_EQ(a.register_ring(ring), 0);
  ASSERT_EQ(m.host.pinned(), 200);
  b.take_event();
  call c{V4V_OP_unregister_ring, ring.header};
  ASSERT_EQ(operate(a, c), error::restart);
  EXPECT_LT(m.host.pinned(), 200);
  EXPECT_GT(m.host.pinned(), 0);

  // To everybody else it is done.
  EXPECT_TRUE(b.take_event());
  EXPECT_EQ(b.send(1, 10, "x"), -ECONNREFUSED);
  EXPECT_EQ(a.register_ring(a.make_ring(10, b.id(), 4096)), 0);
  EXPECT_EQ(b.send(1, 10, "x"), 1);

  long result;
  long before = m.host.pinned();
  while ((result = operate(a, c)) == error::restart) {
    EXPECT_LT(m.host.pinned(), before) << "each piece does something";
    before = m.host.pinned();
  }
  EXPECT_EQ(result, 0);
  EXPECT_EQ(m.host.pinned(), 2) << "those of the new one";
}

TEST_F(continuation, a_ring_of_whole_batches_of_pages_needs_no_piece_for_nothing) {
  const auto ring = a.make_ring(10, any, 128 * V4V_PAGE_SIZE - sizeof(v4v_ring));
  ASSERT_EQ(a.register_ring(ring), 0);
  call c{V4V_OP_unregister_ring, ring.header};
  EXPECT_EQ(operate(a, c), error::restart);
  EXPECT_EQ(m.host.pinned(), 64);
  EXPECT_EQ(operate(a, c), 0);
}

TEST_F(continuation, a_ring_that_could_not_be_registered_is_unpinned_at_once) {
  const auto ring = a.make_ring(10, any, large);
  a.at<std::uint64_t>(ring.pfns + 199 * sizeof(std::uint64_t)) = 0;
  EXPECT_EQ(a.register_ring(ring), -EFAULT);
  EXPECT_EQ(m.host.pinned(), 0);
}

TEST_F(continuation, two_processors_of_a_domain_unregister_at_once) {
  const auto one = a.make_ring(10, any, large);
  const auto two = a.make_ring(11, any, large);
  ASSERT_EQ(a.register_ring(one), 0);
  ASSERT_EQ(a.register_ring(two), 0);
  call first{V4V_OP_unregister_ring, one.header};
  call second{V4V_OP_unregister_ring, two.header};
  ASSERT_EQ(operate(a, first), error::restart);
  ASSERT_EQ(operate(a, second), error::restart);
  while (operate(a, first) == error::restart) {
  }
  while (operate(a, second) == error::restart) {
  }
  EXPECT_EQ(m.host.pinned(), 0);
}

// Else a domain that never makes the call again, or makes it with another progress, could have any
// number of pages pinned.
TEST_F(continuation, a_ring_counts_until_its_pages_are_unpinned) {
  bounded_guest control = m.guest(0, 8, true);
  ASSERT_EQ(control.configure({1, 128, 256, 0x2000000, a.id(), 0}), 0);
  const auto ring = a.make_ring(10, any, large);
  ASSERT_EQ(a.register_ring(ring), 0);
  call c{V4V_OP_unregister_ring, ring.header};
  ASSERT_EQ(operate(a, c), error::restart);
  EXPECT_EQ(a.unregister_ring(ring), -ENOENT);
  EXPECT_EQ(a.register_ring(ring), -ENOSPC);
  EXPECT_EQ(control.configure({2, 128, 256, 0x2000000, a.id(), 0}), -EBUSY);

  while (operate(a, c) == error::restart) {
  }
  EXPECT_EQ(a.register_ring(ring), 0);
}

TEST_F(continuation, a_domain_dies_in_the_middle_of_an_unregister) {
  const auto ring = a.make_ring(10, any, large);
  ASSERT_EQ(a.register_ring(ring), 0);
  call c{V4V_OP_unregister_ring, ring.header};
  ASSERT_EQ(operate(a, c), error::restart);
  a.die();
  EXPECT_EQ(m.host.pinned(), 0);
}

TEST_F(continuation, a_domain_dies_in_pieces) {
  bounded_guest c = m.guest(3, 8);
  ASSERT_EQ(a.register_ring(a.make_ring(10, any, large)), 0);
  ASSERT_EQ(a.register_ring(a.make_ring(11, any, large)), 0);
  b.take_event();
  c.take_event();
  a.die();
  EXPECT_GT(a.continued, 4u);
  EXPECT_TRUE(b.take_event());
  EXPECT_TRUE(c.take_event());
  EXPECT_EQ(m.host.pinned(), 0);
}

TEST_F(continuation, the_id_of_a_domain_that_is_dying_is_free_and_its_rings_are_gone) {
  test_domain context{};
  domain* dying = nullptr;
  ASSERT_EQ(m.core->create_domain(9, &context, dying), 0);
  ASSERT_EQ(m.core->destroy_domain(dying), error::restart);
  bounded_guest reborn = m.guest(9, 8);
  ASSERT_EQ(reborn.register_ring(reborn.make_ring(10, any, 4096)), 0);
  EXPECT_EQ(b.send(9, 10, "x"), 1);
  while (m.core->destroy_domain(dying) != 0) {
  }
  EXPECT_EQ(b.send(9, 10, "y"), 1) << "not the new one's ring";
}

TEST_F(continuation, a_domain_that_begins_anew_may_keep_its_limits) {
  test_domain context{};
  domain* created = nullptr;
  ASSERT_EQ(m.core->create_domain(9, &context, created), 0);
  created->limits.set({1, 2, 3, 4, 0, 0});
  const domain_limits kept = created->limits;
  while (m.core->destroy_domain(created) != 0) {
  }
  ASSERT_EQ(m.core->create_domain(9, &context, created, kept), 0);
  EXPECT_EQ(created->limits.max_rings(), 1u);
  EXPECT_EQ(created->limits.max_sendv(), 2u);
  EXPECT_EQ(created->limits.max_notify(), 3u);
  EXPECT_EQ(created->limits.max_send_size(), 4u);
  while (m.core->destroy_domain(created) != 0) {
  }
}

// As many pages as between two questions of a call that is made in pieces: so many, and no more.
class pages_in_a_row {
 public:
  explicit pages_in_a_row(test_port& host) {
    host.meanwhile = [this](test_port::step s) {
      if (s == test_port::step::unpin && ++now_ > most) most = now_;
      if (s == test_port::step::yield) now_ = 0;
    };
  }
  int most = 0;

 private:
  int now_ = 0;
};

TEST_F(continuation, a_domain_with_many_small_rings_dies_in_pieces) {
  for (std::uint32_t port = 1; port <= V4V_DEFAULT_MAX_RINGS; ++port)
    ASSERT_EQ(a.register_ring(a.make_ring(port, any, 4096 - sizeof(v4v_ring))), 0);
  pages_in_a_row unpinned{m.host};
  a.die();
  m.host.meanwhile = nullptr;
  EXPECT_EQ(m.host.pinned(), 0);
  EXPECT_LE(unpinned.most, 64);
}

TEST_F(continuation, what_other_calls_left_to_unpin_is_unpinned_in_pieces) {
  std::vector<call> left;
  const auto ring = a.make_ring(10, any, 65 * V4V_PAGE_SIZE - sizeof(v4v_ring));
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(a.register_ring(ring), 0);
    left.push_back({V4V_OP_unregister_ring, ring.header});
    ASSERT_EQ(operate(a, left.back()), error::restart);
  }
  pages_in_a_row unpinned{m.host};
  while (operate(a, left.back()) == error::restart) {
  }
  m.host.meanwhile = nullptr;
  EXPECT_EQ(m.host.pinned(), 0);
  EXPECT_LE(unpinned.most, 64);
}

TEST_F(continuation, unregister_does_not_return_while_another_processor_unpins_its_ring) {
  const auto ring = a.make_ring(10, any, large);
  ASSERT_EQ(a.register_ring(ring), 0);
  call first{V4V_OP_unregister_ring, ring.header};
  ASSERT_EQ(operate(a, first), error::restart);
  // It continues a call that it never made, and so comes across the ring of the first.
  call second{V4V_OP_unregister_ring, 0};
  second.progress = 1;
  bool done = false;
  m.host.meanwhile = [&](test_port::step s) {
    if (s != test_port::step::yield || done) return;
    done = true;
    if (operate(a, first) == 0) {
      EXPECT_EQ(m.host.pinned(), 0) << "the call is done";
    }
  };
  while (operate(a, second) == error::restart) {
  }
  m.host.meanwhile = nullptr;
  while (operate(a, first) == error::restart) {
  }
  EXPECT_EQ(m.host.pinned(), 0);
}

TEST_F(continuation, a_call_that_need_not_yield_does_not) {
  m.host.yield_every = 0;
  const auto ring = a.make_ring(10, any, large);
  ASSERT_EQ(a.register_ring(ring), 0);
  call c{V4V_OP_unregister_ring, ring.header};
  EXPECT_EQ(operate(a, c), 0);
  ASSERT_EQ(a.register_ring(ring), 0);
  a.die();
  EXPECT_EQ(a.continued, 0u);
}

}  // namespace
}  // namespace v4v::hv::testing
