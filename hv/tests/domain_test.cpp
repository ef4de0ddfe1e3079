#include <gtest/gtest.h>

#include <cerrno>
#include <system_error>

#include "test_guest.hpp"

namespace v4v::hv::testing {
namespace {

std::error_code creating(embedded& hv, std::uint16_t id) {
  try {
    [[maybe_unused]] const auto made = hv.create_domain(id);
    return {};
  } catch (const std::system_error& e) {
    return e.code();
  }
}

TEST(domain, an_id_is_below_any_and_not_in_use) {
  embedded hv;
  EXPECT_EQ(creating(hv, V4V_DOMAIN_ANY), std::errc::invalid_argument);
  EXPECT_EQ(creating(hv, 0xffff), std::errc::invalid_argument);
  EXPECT_EQ(creating(hv, 0), std::error_code{});
  EXPECT_EQ(creating(hv, V4V_DOMAIN_ANY - 1), std::error_code{});
  guest a{hv, 1};
  EXPECT_EQ(creating(hv, 1), std::errc::file_exists);
  a.die();
  EXPECT_EQ(creating(hv, 1), std::error_code{});
}

TEST(domain, outlives_the_object_that_made_it) {
  auto hv = std::make_unique<embedded>();
  guest a{*hv, 1};
  guest b{*hv, 2};
  hv.reset();
  ring_memory ring{5000, V4V_DOMAIN_ANY, 4096};
  ASSERT_EQ(a.register_ring(ring), 0);
  EXPECT_EQ(b.send(1, 5000, "x"), 1);
  EXPECT_EQ(a.id(), 1);
}

TEST(domain, hypervisors_share_nothing) {
  embedded one;
  embedded two;
  guest a{one, 1};
  guest b{two, 1};
  ring_memory ring{5000, V4V_DOMAIN_ANY, 4096};
  ASSERT_EQ(a.register_ring(ring), 0);
  EXPECT_EQ(b.send(1, 5000, "x"), -ECONNREFUSED);
}

TEST(domain, its_rings_die_with_it_and_its_partners_hear_of_it) {
  embedded hv;
  guest a{hv, 1};
  guest b{hv, 2};
  guest c{hv, 3};
  guest d{hv, 4};
  ring_memory for_any{5000, V4V_DOMAIN_ANY, 32};
  ring_memory for_c{5001, 3, 4096};
  ring_memory ds_for_a{5002, 1, 4096};
  ASSERT_EQ(a.register_ring(for_any), 0);
  ASSERT_EQ(a.register_ring(for_c), 0);
  ASSERT_EQ(d.register_ring(ds_for_a), 0);
  ASSERT_EQ(b.send(1, 5000, ""), 0);
  ASSERT_EQ(b.send(1, 5000, ""), -EAGAIN);
  a.die();
  EXPECT_TRUE(b.take_event()) << "waits for space";
  EXPECT_TRUE(c.take_event()) << "partner of one of its rings";
  EXPECT_TRUE(d.take_event()) << "owner of a ring for it";
  EXPECT_EQ(b.send(1, 5000, ""), -ECONNREFUSED);
  EXPECT_EQ(b.ask(1, 5000, 0).flags, 0);
}

TEST(domain, its_waits_die_with_it_and_the_id_may_be_used_again) {
  embedded hv;
  guest a{hv, 1};
  ring_memory ring{5000, V4V_DOMAIN_ANY, 32};
  ASSERT_EQ(a.register_ring(ring), 0);
  {
    guest b{hv, 2};
    ASSERT_EQ(b.send(1, 5000, ""), 0);
    ASSERT_EQ(b.send(1, 5000, ""), -EAGAIN);
  }
  guest b{hv, 2};
  ASSERT_TRUE(ring.receive());
  a.notify();
  EXPECT_FALSE(b.take_event()) << "that was another's wait";
  EXPECT_EQ(b.send(1, 5000, ""), 0);
}

TEST(domain, dies_with_rings_that_others_wait_for_and_waits_of_its_own) {
  embedded hv;
  ring_memory as{5000, V4V_DOMAIN_ANY, 32};
  ring_memory bs{5000, V4V_DOMAIN_ANY, 32};
  guest a{hv, 1};
  guest b{hv, 2};
  ASSERT_EQ(a.register_ring(as), 0);
  ASSERT_EQ(b.register_ring(bs), 0);
  for (int i = 0; i < 2; ++i) {
    a.send(2, 5000, "");
    b.send(1, 5000, "");
    a.send(1, 5000, "");
  }
  a.die();
  b.die();
}

}  // namespace
}  // namespace v4v::hv::testing
