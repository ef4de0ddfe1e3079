#include <gtest/gtest.h>

#include <cerrno>
#include <vector>

#include "machine.hpp"

namespace v4v::hv::testing {
namespace {

class rules : public ::testing::Test {
 protected:
  rules() { EXPECT_EQ(a.register_ring(ring), 0); }

  static v4v_rule rule(v4v_addr src, v4v_addr dst, std::uint32_t accept) {
    return {src, dst, accept};
  }
  static v4v_rule reject(v4v_addr src, v4v_addr dst) { return {src, dst, 0}; }
  static v4v_rule accept(v4v_addr src, v4v_addr dst) { return {src, dst, 1}; }

  // The destination ports of the rules, which tell them apart here.
  std::vector<std::uint32_t> ports(std::uint32_t start = 1, std::uint32_t room = 10) {
    const std::uint64_t at = control.allocate(sizeof(v4v_rule_list) + room * sizeof(v4v_rule));
    control.at<v4v_rule_list>(at) = {start, room};
    EXPECT_EQ(control.call(V4V_OP_tables_list, at), 0);
    std::vector<std::uint32_t> found;
    const auto* listed = v4v_rule_list_rules(&control.at<v4v_rule_list>(at));
    for (std::uint32_t i = 0; i < control.at<v4v_rule_list>(at).nb_rules; ++i)
      found.push_back(listed[i].dst.port);
    return found;
  }
  void add(std::uint32_t port, std::uint32_t position) {
    ASSERT_EQ(control.add_rule(reject({0, any, 0}, {port, any, 0}), position), 0);
  }

  machine m;
  bounded_guest control = m.guest(0, 64, true);
  bounded_guest a = m.guest(1);
  bounded_guest b = m.guest(2);
  bounded_guest c = m.guest(3);
  bounded_guest::ring_at ring = a.make_ring(5000, any, 4096);
};

TEST_F(rules, without_any_everything_is_accepted) {
  EXPECT_EQ(b.send(1, 5000, "x"), 1);
  EXPECT_TRUE(ports().empty());
}

TEST_F(rules, the_first_that_matches_decides) {
  ASSERT_EQ(control.add_rule(accept({0, 2, 0}, {5000, 1, 0}), 1), 0);
  ASSERT_EQ(control.add_rule(reject({0, any, 0}, {0, any, 0}), 2), 0);
  EXPECT_EQ(b.send(1, 5000, "x"), 1);
  EXPECT_EQ(c.send(1, 5000, "x"), -ECONNREFUSED);
  ASSERT_EQ(control.add_rule(reject({0, 2, 0}, {0, any, 0}), 1), 0);
  EXPECT_EQ(b.send(1, 5000, "x"), -ECONNREFUSED);
}

TEST_F(rules, a_rule_accepts_when_accept_is_not_0) {
  ASSERT_EQ(control.add_rule(reject({0, any, 0}, {0, any, 0}), 1), 0);
  EXPECT_EQ(b.send(1, 5000, "x"), -ECONNREFUSED);
  for (const std::uint32_t yes : {1u, 2u, 0x100u, 0x80000000u}) {
    ASSERT_EQ(control.add_rule(rule({0, any, 0}, {0, any, 0}, yes), 1), 0);
    EXPECT_EQ(b.send(1, 5000, "x"), 1) << yes;
    ASSERT_EQ(control.delete_rule(nullptr, 1), 0);
  }
}

TEST_F(rules, each_field_is_compared_or_any) {
  struct {
    v4v_addr src, dst;
    bool matches;
  } const cases[] = {
      {{7, 2, 0}, {5000, 1, 0}, true},    {{8, 2, 0}, {5000, 1, 0}, false},
      {{7, 3, 0}, {5000, 1, 0}, false},   {{7, 2, 0}, {5001, 1, 0}, false},
      {{7, 2, 0}, {5000, 2, 0}, false},   {{0, 2, 0}, {5000, 1, 0}, true},
      {{7, any, 0}, {5000, 1, 0}, true},  {{7, 2, 0}, {0, 1, 0}, true},
      {{7, 2, 0}, {5000, any, 0}, true},  {{0, any, 0}, {0, any, 0}, true},
      {{7, 0, 0}, {5000, 1, 0}, false},   {{7, 2, 9}, {5000, 1, 9}, true},
      {{0, any, 0}, {5000, 0, 0}, false},
  };
  for (const auto& now : cases) {
    ASSERT_EQ(control.add_rule(reject(now.src, now.dst), 1), 0);
    EXPECT_EQ(b.send(1, 5000, "x", 7), now.matches ? -ECONNREFUSED : 1)
        << now.src.domain << ':' << now.src.port << " to " << now.dst.domain << ':' << now.dst.port;
    ASSERT_EQ(control.delete_rule(nullptr, 0), 0);
  }
}

TEST_F(rules, the_senders_domain_is_the_caller_whatever_it_claims) {
  ASSERT_EQ(control.add_rule(reject({0, 2, 0}, {0, any, 0}), 1), 0);
  const std::uint64_t lie = b.put(v4v_send_addr{{7, 3, 0}, {5000, 1, 0}});
  EXPECT_EQ(b.call(V4V_OP_sendv, lie, 0, 0, 0), -ECONNREFUSED);
  const std::uint64_t truth = c.put(v4v_send_addr{{7, 2, 0}, {5000, 1, 0}});
  EXPECT_EQ(c.call(V4V_OP_sendv, truth, 0, 0, 0), 0);
}

TEST_F(rules, the_default_may_be_to_reject) {
  machine strict{false};
  bounded_guest root = strict.guest(0, 8, true);
  bounded_guest owner = strict.guest(1, 8);
  bounded_guest sender = strict.guest(2, 8);
  ASSERT_EQ(owner.register_ring(owner.make_ring(5000, any, 4096)), 0);
  EXPECT_EQ(sender.send(1, 5000, "x"), -ECONNREFUSED);
  EXPECT_EQ(sender.ask(1, 5000, 1).flags, 0);
  ASSERT_EQ(root.add_rule(accept({0, 2, 0}, {5000, 1, 0}), 1), 0);
  EXPECT_EQ(sender.send(1, 5000, "x"), 1);
  EXPECT_NE(sender.ask(1, 5000, 1).flags, 0);
}

TEST_F(rules, a_rejected_send_is_counted_and_leaves_no_trace) {
  a.take_event();
  ASSERT_EQ(control.add_rule(reject({0, 2, 0}, {0, any, 0}), 1), 0);
  EXPECT_EQ(b.send(1, 5000, "x"), -ECONNREFUSED);
  EXPECT_EQ(a.header(ring).tx_ptr, 0u);
  EXPECT_FALSE(a.take_event());
  EXPECT_EQ(m.count().rings.rejected, 1u);
  EXPECT_EQ(m.count().rejections, 1u);
}

// ---- What notify tells ----

TEST_F(rules, a_ring_that_the_rules_hide_looks_like_none_to_notify) {
  ASSERT_EQ(control.add_rule(reject({0, 2, 0}, {5000, 1, 0}), 1), 0);
  const v4v_ring_data_ent hidden = b.ask(1, 5000, 1);
  const v4v_ring_data_ent none = b.ask(1, 5001, 1);
  EXPECT_EQ(hidden.flags, none.flags);
  EXPECT_EQ(hidden.max_message_size, none.max_message_size);
  EXPECT_EQ(hidden.generation, none.generation);
  EXPECT_EQ(hidden.flags, 0);
  EXPECT_NE(c.ask(1, 5000, 1).flags, 0);
}

TEST_F(rules, nobody_waits_for_a_ring_that_is_hidden) {
  while (a.send(1, 5000, "0123456789abcdef") > 0) {
  }
  ASSERT_EQ(control.add_rule(reject({0, 2, 0}, {5000, 1, 0}), 1), 0);
  EXPECT_EQ(b.ask(1, 5000, 100).flags, 0);
  EXPECT_EQ(b.send(1, 5000, "x"), -ECONNREFUSED);
  while (a.receive(ring)) {
  }
  a.notify();
  EXPECT_FALSE(b.take_event());
}

TEST_F(rules, a_ring_is_shown_to_who_may_send_to_it_from_some_port) {
  ASSERT_EQ(control.add_rule(reject({0, 2, 0}, {5000, 1, 0}), 1), 0);
  ASSERT_EQ(control.add_rule(accept({9, 2, 0}, {5000, 1, 0}), 1), 0);
  EXPECT_NE(b.ask(1, 5000, 1).flags, 0);
  // Not if that port was rejected before.
  ASSERT_EQ(control.add_rule(reject({9, any, 0}, {0, 1, 0}), 1), 0);
  EXPECT_EQ(b.ask(1, 5000, 1).flags, 0);
}

TEST_F(rules, one_about_a_single_port_hides_nothing) {
  ASSERT_EQ(control.add_rule(reject({9, 2, 0}, {5000, 1, 0}), 1), 0);
  EXPECT_NE(b.ask(1, 5000, 1).flags, 0);
  EXPECT_EQ(b.send(1, 5000, "x", 9), -ECONNREFUSED);
  EXPECT_EQ(b.send(1, 5000, "x", 8), 1);
}

// ---- The operations ----

TEST_F(rules, positions_count_from_1_and_past_the_end_is_the_last) {
  add(1, 1);
  add(2, 1);
  add(3, 2);
  add(4, 4);
  add(5, 1000);
  add(6, 0xffffffff);
  EXPECT_EQ(ports(), (std::vector<std::uint32_t>{2, 3, 1, 4, 5, 6}));
  EXPECT_EQ(control.add_rule(reject({}, {}), 0), -EINVAL);
  EXPECT_EQ(ports().size(), 6u);
}

TEST_F(rules, one_about_a_domain_that_cannot_be_is_refused) {
  EXPECT_EQ(control.add_rule(reject({0, any + 1, 0}, {0, any, 0}), 1), -EINVAL);
  EXPECT_EQ(control.add_rule(reject({0, any, 0}, {0, 0xffff, 0}), 1), -EINVAL);
  EXPECT_TRUE(ports().empty());
}

TEST_F(rules, are_deleted_by_position) {
  for (std::uint32_t i = 1; i <= 4; ++i)
    add(i, i);
  EXPECT_EQ(control.delete_rule(nullptr, 2), 0);
  EXPECT_EQ(ports(), (std::vector<std::uint32_t>{1, 3, 4}));
  EXPECT_EQ(control.delete_rule(nullptr, 4), -ENOENT);
  EXPECT_EQ(control.delete_rule(nullptr, 3), 0);
  EXPECT_EQ(control.delete_rule(nullptr, 1), 0);
  EXPECT_EQ(ports(), (std::vector<std::uint32_t>{3}));
  EXPECT_EQ(control.delete_rule(nullptr, std::uint64_t{1} << 32 | 1), -ENOENT) << "not cut to 1";
  EXPECT_EQ(ports(), (std::vector<std::uint32_t>{3}));
}

TEST_F(rules, position_0_deletes_the_first_with_the_same_addresses) {
  for (const std::uint64_t none : {UINT64_C(0), UINT64_C(0xffffffff), ~UINT64_C(0)}) {
    ASSERT_EQ(control.add_rule(accept({1, 2, 0}, {3, 4, 0}), 1), 0);
    ASSERT_EQ(control.add_rule(reject({1, 2, 0}, {30, 4, 0}), 2), 0);
    ASSERT_EQ(control.add_rule(reject({1, 2, 0}, {3, 4, 0}), 3), 0);
    const v4v_rule wanted = reject({1, 2, 5}, {3, 4, 5});  // pad is not compared, accept neither
    EXPECT_EQ(control.delete_rule(&wanted, none), 0);
    EXPECT_EQ(ports(), (std::vector<std::uint32_t>{30, 3}));
    EXPECT_EQ(control.delete_rule(&wanted, none), 0);
    EXPECT_EQ(control.delete_rule(&wanted, none), -ENOENT);
    for (const v4v_rule& other : {reject({0, 2, 0}, {30, 4, 0}), reject({1, any, 0}, {30, 4, 0}),
                                  reject({1, 2, 0}, {30, 5, 0}), reject({1, 2, 0}, {31, 4, 0})}) {
      EXPECT_EQ(control.delete_rule(&other, none), -ENOENT);
    }
    EXPECT_EQ(ports(), (std::vector<std::uint32_t>{30}));
    EXPECT_EQ(control.delete_rule(nullptr, none), 0) << "null: all of them";
    EXPECT_TRUE(ports().empty());
    EXPECT_EQ(control.delete_rule(nullptr, none), 0);
  }
}

TEST_F(rules, are_listed_from_a_start_up_to_a_number) {
  for (std::uint32_t i = 1; i <= 5; ++i)
    add(i, i);
  EXPECT_EQ(ports(1, 5), (std::vector<std::uint32_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(ports(2, 2), (std::vector<std::uint32_t>{2, 3}));
  EXPECT_EQ(ports(5, 10), (std::vector<std::uint32_t>{5}));
  EXPECT_TRUE(ports(6, 10).empty()) << "past the end";
  EXPECT_TRUE(ports(0xffffffff, 10).empty());
  const std::uint64_t bad = control.put(v4v_rule_list{0, 1});
  EXPECT_EQ(control.call(V4V_OP_tables_list, bad), -EINVAL);
  control.at<v4v_rule_list>(bad) = {1, 0};
  EXPECT_EQ(control.call(V4V_OP_tables_list, bad), -EINVAL);
}

TEST_F(rules, are_listed_as_they_were_added) {
  const v4v_rule written{{1, 2, 3}, {4, 5, 6}, 0x80000000};
  ASSERT_EQ(control.add_rule(written, 1), 0);
  const std::uint64_t at = control.allocate(sizeof(v4v_rule_list) + 2 * sizeof(v4v_rule));
  control.at<v4v_rule_list>(at) = {1, 2};
  const std::uint64_t behind = at + sizeof(v4v_rule_list) + sizeof(v4v_rule);
  control.at<std::uint32_t>(behind) = 0x12345678;
  ASSERT_EQ(control.call(V4V_OP_tables_list, at), 0);
  const v4v_rule& read = *v4v_rule_list_rules(&control.at<v4v_rule_list>(at));
  EXPECT_EQ(read.src.port, 1u);
  EXPECT_EQ(read.src.domain, 2);
  EXPECT_EQ(read.dst.port, 4u);
  EXPECT_EQ(read.dst.domain, 5);
  EXPECT_EQ(read.accept, 0x80000000);
  EXPECT_EQ(control.at<std::uint32_t>(behind), 0x12345678u) << "no more than there are";
}

TEST_F(rules, a_list_that_does_not_fit_into_the_memory_is_a_fault_and_no_short_success) {
  add(1, 1);
  add(2, 2);
  const std::uint64_t at = control.memory().size() - sizeof(v4v_rule_list) - sizeof(v4v_rule);
  control.at<v4v_rule_list>(at) = {1, 2};
  EXPECT_EQ(control.call(V4V_OP_tables_list, at), -EFAULT);
  EXPECT_EQ(control.at<v4v_rule_list>(at).nb_rules, 2u);
  control.at<v4v_rule_list>(at) = {1, 1};
  EXPECT_EQ(control.call(V4V_OP_tables_list, at), 0);
}

TEST_F(rules, addresses_out_of_reach_are_faults) {
  EXPECT_EQ(control.call(V4V_OP_tables_add, 0, 0, 1), -EFAULT);
  EXPECT_EQ(control.call(V4V_OP_tables_del, 16, 0, 0), -EFAULT);
  EXPECT_EQ(control.call(V4V_OP_tables_list, ~std::uint64_t{0}), -EFAULT);
}

TEST_F(rules, are_at_most_4096) {
  for (std::uint32_t i = 1; i <= V4V_MAX_RULES; ++i)
    add(i, i);
  EXPECT_EQ(control.add_rule(reject({}, {}), 1), -ENOSPC);
  EXPECT_EQ(ports(4096, 10), (std::vector<std::uint32_t>{4096}));
  EXPECT_EQ(control.delete_rule(nullptr, 1), 0);
  add(5000, 1);
  EXPECT_EQ(b.send(1, 5000, "x"), -ECONNREFUSED);
}

TEST_F(rules, belong_to_the_privileged) {
  add(1, 1);
  EXPECT_EQ(b.add_rule(reject({}, {}), 1), -EPERM);
  EXPECT_EQ(b.delete_rule(nullptr, 1), -EPERM);
  EXPECT_EQ(b.delete_rule(nullptr, 0), -EPERM);
  const std::uint64_t list = b.put(v4v_rule_list{1, 1});
  b.allocate(sizeof(v4v_rule));
  EXPECT_EQ(b.call(V4V_OP_tables_list, list), -EPERM);
  EXPECT_EQ(b.call(V4V_OP_tables_add, 0, 0, 0), -EPERM) << "before anything else is looked at";
  EXPECT_EQ(ports(), (std::vector<std::uint32_t>{1}));
}

TEST_F(rules, about_domains_that_come_and_go_stay) {
  ASSERT_EQ(control.add_rule(reject({0, 2, 0}, {0, 1, 0}), 1), 0);
  b.die();
  a.die();
  bounded_guest owner = m.guest(1);
  bounded_guest sender = m.guest(2);
  ASSERT_EQ(owner.register_ring(owner.make_ring(5000, any, 4096)), 0);
  EXPECT_EQ(sender.send(1, 5000, "x"), -ECONNREFUSED);
}

TEST_F(rules, that_cannot_be_kept_for_lack_of_memory_change_nothing) {
  m.host.fail_nth(1, test_port::allocations);
  EXPECT_EQ(control.add_rule(reject({}, {}), 1), -ENOMEM);
  for (std::uint32_t i = 1; i <= 32; ++i)
    add(i, i);
  m.host.fail_nth(1, test_port::allocations);
  EXPECT_EQ(control.add_rule(reject({}, {}), 1), -ENOMEM) << "where the list has to grow";
  EXPECT_EQ(ports(1, 100).size(), 32u);
}

}  // namespace
}  // namespace v4v::hv::testing
