#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "machine.hpp"
#include "v4v/hv/embedded.hpp"

namespace v4v::hv::testing {
namespace {

class dump : public ::testing::Test, public dump_sink {
 protected:
  void line(const char* text) noexcept override { (lines += text) += '\n'; }
  std::string now() {
    lines.clear();
    m.core->dump(*this);
    return lines;
  }

  std::string lines;
  machine m;
};

TEST_F(dump, of_nothing_says_so) {
  EXPECT_EQ(now(),
            "0 rules, then accept\n"
            "domains that are gone: 0 messages, 0 bytes, 0 EAGAIN, 0 rejected, 0 broken rx_ptr, "
            "high water 0\n");
}

TEST_F(dump, shows_rules_limits_rings_waiters_and_counters) {
  bounded_guest a = m.guest(1, 64, true);
  bounded_guest b = m.guest(2);
  ASSERT_EQ(a.configure({5, 6, 7, 8000, 1, 0}), 0);
  ASSERT_EQ(a.add_rule({{0, any, 0}, {80, 1, 0}, 0}, 1), 0);
  ASSERT_EQ(a.add_rule({{9, 2, 0}, {0, any, 0}, 1}, 2), 0);
  const auto first = a.make_ring(10, any, 4096, 3);
  ASSERT_EQ(a.register_ring(first), 0);
  ASSERT_EQ(a.register_ring(a.make_ring(80, 2, 64)), 0);
  const std::uint64_t bits = a.allocate(V4V_PAGE_SIZE, V4V_PAGE_SIZE);
  ASSERT_EQ(a.call(V4V_OP_activity, bits, a.put(bits / V4V_PAGE_SIZE), 1), 0);
  EXPECT_EQ(b.send(1, 10, std::string(4000, 'x')), 4000);
  EXPECT_EQ(b.send(1, 10, std::string(4000, 'x')), -EAGAIN);
  EXPECT_EQ(b.send(1, 10, std::string(5000, 'x')), -EMSGSIZE);
  EXPECT_EQ(b.send(1, 80, "x"), -ECONNREFUSED);
  EXPECT_EQ(now(),
            "2 rules, then accept\n"
            "rule 1: reject any:any to 1:80\n"
            "rule 2: accept 2:9 to any:any\n"
            "domain 1: 2 of 5 rings, at most 6 vectors and 8000 bytes a send, 7 entries a notify, "
            "activity page; 0 of its sends rejected\n"
            "  ring 1:10 for any: 4016 of 4096 bytes used, 1 waiters, activity slot 3; 1 messages, "
            "4000 bytes, 1 EAGAIN, 1 rejected, 0 broken rx_ptr, high water 4016\n"
            "  ring 1:80 for 2: 0 of 64 bytes used, 0 waiters; 0 messages, 0 bytes, 0 EAGAIN, 1 "
            "rejected, 0 broken rx_ptr, high water 0\n"
            "  rings that are gone: 0 messages, 0 bytes, 0 EAGAIN, 0 rejected, 0 broken rx_ptr, "
            "high water 0\n"
            "domain 2: 0 of 128 rings, at most 128 vectors and 33554432 bytes a send, 256 entries "
            "a notify; 2 of its sends rejected\n"
            "  rings that are gone: 0 messages, 0 bytes, 0 EAGAIN, 0 rejected, 0 broken rx_ptr, "
            "high water 0\n"
            "domains that are gone: 0 messages, 0 bytes, 0 EAGAIN, 0 rejected, 0 broken rx_ptr, "
            "high water 0\n");
  ASSERT_EQ(a.unregister_ring(first), 0);
  const std::string gone = "gone: 1 messages, 4000 bytes, 1 EAGAIN, 1 rejected";
  EXPECT_NE(now().find("rings that are " + gone), std::string::npos);
  a.die();
  EXPECT_NE(now().find("domains that are gone: 1 messages, 4000 bytes, 1 EAGAIN, 2 rejected"),
            std::string::npos)
      << lines;
}

TEST_F(dump, shows_a_ring_whose_owner_broke_it_as_full) {
  bounded_guest a = m.guest(1);
  const auto ring = a.make_ring(10, any, 4096);
  ASSERT_EQ(a.register_ring(ring), 0);
  a.header(ring).rx_ptr = 1;
  EXPECT_EQ(a.send(1, 10, "x"), -EAGAIN);
  EXPECT_NE(now().find("4096 of 4096 bytes used, 1 waiters; 0 messages, 0 bytes, 1 EAGAIN, 0 "
                       "rejected, 1 broken rx_ptr"),
            std::string::npos)
      << lines;
}

TEST_F(dump, of_the_largest_numbers_is_not_cut_off) {
  bounded_guest a = m.guest(0x7ff3, 64, true);
  ASSERT_EQ(a.configure({32768, 128, 65536, 0xffffffff, 0x7ff3, 0}), 0);
  ASSERT_EQ(a.register_ring(a.make_ring(0xffffffff, 0x7ff3, 4096, 32767)), 0);
  EXPECT_NE(now().find("ring 32755:4294967295 for 32755"), std::string::npos);
  EXPECT_NE(now().find("high water 0\n"), std::string::npos);
}

TEST(embedded_dump, is_a_text) {
  embedded hv{policy::reject};
  const auto d = hv.create_domain(1);
  EXPECT_EQ(hv.dump().find("0 rules, then reject\ndomain 1: 0 of 128 rings"), 0u);
}

TEST(embedded_privilege, is_given_when_a_domain_is_made) {
  embedded hv{policy::reject};
  const auto guest = hv.create_domain(1);
  const auto control = hv.create_domain(2, privilege::control);
  v4v_rule rule{{0, any, 0}, {0, any, 0}, 1};
  const auto at = reinterpret_cast<std::uintptr_t>(&rule);
  EXPECT_EQ(guest->hypercall(V4V_OP_tables_add, at, 0, 1, 0), -EPERM);
  EXPECT_EQ(control->hypercall(V4V_OP_tables_add, at, 0, 1, 0), 0);
}

}  // namespace
}  // namespace v4v::hv::testing
