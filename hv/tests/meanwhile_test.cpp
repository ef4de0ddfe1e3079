// What another processor of a guest does in the middle of a call.

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "machine.hpp"

namespace v4v::hv::testing {
namespace {

using step = test_port::step;
class meanwhile : public ::testing::Test {
 protected:
  // Calls f before each step from the n-th of its kind on.
  template <class F>
  void before(step kind, int n, F f) {
    m.host.meanwhile = [this, kind, n, f, seen = 0](step s) mutable {
      if (inside_ || s != kind || ++seen < n) return;
      inside_ = true;  // calls that f makes have no meanwhile
      f();
      inside_ = false;
    };
  }
  void before_nothing() { m.host.meanwhile = nullptr; }

  machine m;
  bounded_guest a = m.guest(1, 128);
  bounded_guest b = m.guest(2, 128);
  bounded_guest control = m.guest(0, 8, true);
  bounded_guest::ring_at ring = a.make_ring(10, any, 4096);

 private:
  bool inside_ = false;
};

TEST_F(meanwhile, a_vector_that_grows_or_shrinks_sends_what_it_said_at_first) {
  ASSERT_EQ(a.register_ring(ring), 0);
  const std::uint64_t to = b.put(v4v_send_addr{{7, 0, 0}, {10, 1, 0}});
  const std::uint64_t text = b.put(std::string(1000, 'x') + std::string(3000, 'y'));
  const std::uint64_t vectors = b.allocate(2 * sizeof(v4v_iov));
  auto* vector = &b.at<v4v_iov>(vectors);
  for (const std::uint32_t other : {0u, 1u, 3000u, 0xffffffffu}) {
    vector[0] = {text, 600, 0};
    vector[1] = {text + 600, 400, 0};
    // The reads are the address, the vector, and the two pieces.
    before(step::read, 3, [&] {
      vector[0] = {text + 1000, other, 0};
      vector[1] = {text + 1000, other, 0};
    });
    EXPECT_EQ(b.call(V4V_OP_sendv, to, vectors, 2, 0), 1000);
    before_nothing();
    const auto message = a.receive(ring);
    ASSERT_TRUE(message);
    EXPECT_TRUE(message->payload == std::string(1000, 'x'));
    EXPECT_FALSE(a.receive(ring));
  }
}

TEST_F(meanwhile, a_destination_that_changes_is_the_one_that_the_rules_accepted) {
  ASSERT_EQ(a.register_ring(ring), 0);
  const auto hidden = a.make_ring(11, any, 4096);
  ASSERT_EQ(a.register_ring(hidden), 0);
  ASSERT_EQ(control.add_rule({{0, 2, 0}, {11, 1, 0}, 0}, 1), 0);
  const std::uint64_t to = b.put(v4v_send_addr{{7, 0, 0}, {10, 1, 0}});
  before(step::read, 2, [&] { b.at<v4v_send_addr>(to).dst.port = 11; });
  const std::uint64_t vector = b.put(v4v_iov{b.put("x"), 1, 0});
  EXPECT_EQ(b.call(V4V_OP_sendv, to, vector, 1, 0), 1);
  before_nothing();
  EXPECT_TRUE(a.receive(ring));
  EXPECT_FALSE(a.receive(hidden));
}

TEST_F(meanwhile,
       a_read_position_that_changes_all_the_time_never_lets_unread_bytes_be_overwritten) {
  ASSERT_EQ(a.register_ring(ring), 0);
  ASSERT_EQ(b.send(1, 10, std::string(2000, 'a')), 2000);
  const auto written = [&] {
    const auto* bytes = v4v_ring_bytes(&a.header(ring));
    return std::string(bytes, bytes + 2016);
  };
  const std::string before_it = written();
  // All values are wrong, and those that are none of them would give room.
  const std::uint32_t wrong[] = {1, 4096, 0xfffffff0, 2017, 0x80000000, 15};
  std::size_t next = 0;
  for (const step kind : {step::read, step::lock, step::allocate}) {
    before(kind, 1, [&] { a.header(ring).rx_ptr = wrong[next++ % std::size(wrong)]; });
    a.header(ring).rx_ptr = 1;
    EXPECT_EQ(b.send(1, 10, std::string(1000, 'b')), -EAGAIN);
    EXPECT_EQ(b.ask(1, 10, 1).flags & V4V_RING_SUFFICIENT, 0);
    before_nothing();
    EXPECT_EQ(a.header(ring).tx_ptr, 2016u);
  }
  EXPECT_TRUE(written() == before_it);
}

TEST_F(meanwhile, a_ring_that_grows_while_it_is_registered_has_the_length_that_was_checked) {
  before(step::pin, 1, [&] { a.header(ring).len = V4V_MAX_RING_LEN; });
  ASSERT_EQ(a.register_ring(ring), 0);
  before_nothing();
  EXPECT_EQ(b.ask(1, 10, 0).max_message_size, 4096u - 32);
  EXPECT_EQ(b.send(1, 10, std::string(4096, 'x')), -EMSGSIZE);
}

TEST_F(meanwhile, a_ring_whose_positions_change_while_it_is_registered_has_good_ones) {
  before(step::pin, 2, [&] { a.header(ring).rx_ptr = 4096; });
  EXPECT_EQ(a.register_ring(ring), -EINVAL);
  before(step::pin, 2, [&] {
    a.header(ring).rx_ptr = 32;
    a.header(ring).tx_ptr = 33;
  });
  EXPECT_EQ(a.register_ring(ring), 0);
  before_nothing();
  EXPECT_EQ(a.header(ring).tx_ptr, 32u);
}

TEST_F(meanwhile, page_numbers_that_change_are_those_that_were_read) {
  const std::uint64_t pfn = a.at<std::uint64_t>(ring.pfns);
  before(step::pin, 1, [&] { a.at<std::uint64_t>(ring.pfns) = ~std::uint64_t{0}; });
  EXPECT_EQ(a.register_ring(ring), 0);
  before_nothing();
  EXPECT_EQ(a.context().pins.size(), 2u);
  EXPECT_EQ(a.context().pins.count(a.memory().data() + pfn * V4V_PAGE_SIZE), 1u);
}

TEST_F(meanwhile, another_processor_registers_the_same_ring) {
  const auto other = a.make_ring(10, any, 4096);
  bool once = false;
  before(step::pin, 1, [&] {
    if (once) return;
    once = true;
    EXPECT_EQ(a.register_ring(other), 0);
  });
  EXPECT_EQ(a.register_ring(ring), -EEXIST);
  before_nothing();
  EXPECT_EQ(m.host.pinned(), 2) << "those of the one that was first";
  EXPECT_EQ(b.send(1, 10, "x"), 1);
  EXPECT_TRUE(a.receive(other));
}

TEST_F(meanwhile, another_processor_takes_the_last_ring_of_the_limit) {
  ASSERT_EQ(control.configure({1, 128, 256, 4096, 1, 0}), 0);
  const auto other = a.make_ring(11, any, 4096);
  bool once = false;
  before(step::pin, 1, [&] {
    if (once) return;
    once = true;
    EXPECT_EQ(a.register_ring(other), 0);
  });
  EXPECT_EQ(a.register_ring(ring), -ENOSPC);
  before_nothing();
  EXPECT_EQ(m.host.pinned(), 2);
}

TEST_F(meanwhile, limits_that_change_while_a_ring_is_registered_hold) {
  bool once = false;
  before(step::pin, 1, [&] {
    if (once) return;
    once = true;
    EXPECT_EQ(control.configure({0, 128, 256, 4096, 1, 0}), 0);
  });
  EXPECT_EQ(a.register_ring(ring), -ENOSPC);
  before_nothing();
  EXPECT_EQ(m.host.pinned(), 0);
}

TEST_F(meanwhile, the_partner_of_a_ring_dies_while_it_is_registered) {
  const auto own = a.make_ring(10, b.id(), 4096);
  before(step::pin, 1, [&] {
    if (b.alive()) b.die();
  });
  EXPECT_EQ(a.register_ring(own), 0);
}

TEST_F(meanwhile, a_question_that_changes_is_the_one_that_was_read) {
  ASSERT_EQ(a.register_ring(ring), 0);
  const std::uint64_t block = b.put(v4v_ring_data{V4V_RING_DATA_MAGIC, 1, 0, {}});
  const std::uint64_t entry = b.put(v4v_ring_data_ent{{10, 1, 0}, 0, 0, 100, 0});
  before(step::write, 1, [&] { b.at<v4v_ring_data_ent>(entry).ring.port = 99; });
  EXPECT_EQ(b.call(V4V_OP_notify, block), 0);
  before_nothing();
  EXPECT_EQ(b.at<v4v_ring_data_ent>(entry).ring.port, 99u) << "the guest's own";
  EXPECT_EQ(b.at<v4v_ring_data_ent>(entry).flags,
            V4V_RING_EXISTS | V4V_RING_EMPTY | V4V_RING_SUFFICIENT);
}

TEST_F(meanwhile, a_rule_that_changes_is_the_one_that_was_read) {
  const std::uint64_t rule = control.put(v4v_rule{{0, 2, 0}, {10, 1, 0}, 0});
  before(step::lock, 1, [&] { control.at<v4v_rule>(rule).src.domain = 0xffff; });
  EXPECT_EQ(control.call(V4V_OP_tables_add, rule, 0, 1), 0);
  before_nothing();
  ASSERT_EQ(a.register_ring(ring), 0);
  EXPECT_EQ(b.send(1, 10, "x"), -ECONNREFUSED);
}

TEST_F(meanwhile, limits_that_change_in_the_argument_are_those_that_were_checked) {
  const std::uint64_t wanted = control.put(v4v_config{1, 2, 3, 4, 1, 0});
  before(step::lock, 1, [&] { control.at<v4v_config>(wanted) = {~0u, ~0u, ~0u, ~0u, 2, 0}; });
  EXPECT_EQ(control.call(V4V_OP_config, wanted), 0);
  before_nothing();
  EXPECT_EQ(a.info().max_sendv, 2u);
  EXPECT_EQ(b.info().max_sendv, 128u);
}

TEST_F(meanwhile, a_list_that_changes_is_as_long_as_it_was) {
  for (int i = 0; i < 3; ++i)
    ASSERT_EQ(control.add_rule({{0, 2, 0}, {1, 1, 0}, 0}, 1), 0);
  const std::uint64_t list = control.put(v4v_rule_list{1, 2});
  control.allocate(4 * sizeof(v4v_rule));
  before(step::write, 1, [&] { control.at<v4v_rule_list>(list) = {7, 1000}; });
  EXPECT_EQ(control.call(V4V_OP_tables_list, list), 0);
  before_nothing();
  EXPECT_EQ(control.at<v4v_rule_list>(list).nb_rules, 2u);
  EXPECT_EQ(control.at<v4v_rule>(list + 8 + 2 * sizeof(v4v_rule)).dst.port, 0u) << "not written";
}

TEST_F(meanwhile, a_page_at_address_0_is_a_page) {
  m.host.pin_at_null = true;
  a.at<std::uint64_t>(ring.pfns + 8) = ~std::uint64_t{0};
  EXPECT_EQ(a.register_ring(ring), -EFAULT);
  EXPECT_EQ(m.host.pinned(), 0) << "the first one was unpinned, the second not";
}

}  // namespace
}  // namespace v4v::hv::testing
