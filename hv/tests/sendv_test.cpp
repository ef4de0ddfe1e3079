#include <gtest/gtest.h>

#include <cerrno>
#include <random>

#include "test_guest.hpp"

namespace v4v::hv::testing {
namespace {

class sendv : public ::testing::Test {
 protected:
  sendv() { EXPECT_EQ(a.register_ring(ring), 0); }

  // Declared first, so that it outlives the domains that have it registered.
  ring_memory ring{5000, V4V_DOMAIN_ANY, 4096};
  hypervisor_under_test hv;
  guest_under_test a{hv, 1};
  guest_under_test b{hv, 2};
};

TEST_F(sendv, the_pieces_of_a_vector_arrive_as_one_message) {
  const std::string x = "one ", y = "two ", z = "three";
  const v4v_iov vectors[] = {{address_of(x.data()), 4, 0},
                             {0, 0, 0},  // an empty piece may point anywhere
                             {address_of(y.data()), 4, 0},
                             {address_of(z.data()), 5, 0}};
  EXPECT_EQ(b.send(1, 5000, vectors, 4), 13);
  const auto m = ring.receive();
  ASSERT_TRUE(m);
  EXPECT_EQ(m->payload, "one two three");
  EXPECT_EQ(m->type, V4V_MESSAGE_DGRAM);
  EXPECT_EQ(m->port, 7u);
}

TEST_F(sendv, an_empty_message_is_a_message) {
  EXPECT_EQ(b.send(1, 5000, nullptr, 0), 0);
  const auto m = ring.receive();
  ASSERT_TRUE(m);
  EXPECT_EQ(m->payload, "");
}

TEST_F(sendv, a_domain_can_send_to_itself) {
  EXPECT_EQ(a.send(1, 5000, "me"), 2);
  EXPECT_EQ(ring.receive()->domain, 1);
  EXPECT_TRUE(a.take_event());
}

TEST_F(sendv, a_domain_may_send_itself_what_lies_in_its_own_ring) {
  auto* data = static_cast<char*>(static_cast<void*>(v4v_ring_bytes(&ring.header())));
  for (int i = 0; i < 4096; ++i)
    data[i] = static_cast<char>(i * 7);
  // The payload goes to 16: the first overlaps it from below, the second, at 1,040, from above.
  for (const std::uint32_t from : {8u, 1050u}) {
    const std::string expected(data + from, 1000);
    ASSERT_EQ(a.send(1, 5000, {data + from, 1000}), 1000);
    EXPECT_EQ(ring.receive()->payload, expected);
  }
}

TEST_F(sendv, payloads_wrap_around_the_end_of_the_ring_and_of_pages) {
  std::mt19937 random{1};
  for (int i = 0; i < 2000; ++i) {
    std::string payload(random() % 3000, '\0');
    for (char& c : payload)
      c = static_cast<char>(random());
    ASSERT_EQ(b.send(1, 5000, payload), static_cast<long>(payload.size()));
    const auto m = ring.receive();
    ASSERT_TRUE(m);
    ASSERT_EQ(m->payload, payload);
  }
}

TEST_F(sendv, the_largest_message_is_32_bytes_less_than_the_ring) {
  EXPECT_EQ(b.send(1, 5000, std::string(4096 - 31, 'x')), -EMSGSIZE);
  EXPECT_EQ(ring.tx(), 0u);
  EXPECT_EQ(b.send(1, 5000, std::string(4096 - 32, 'x')), 4096 - 32);
  EXPECT_EQ(ring.tx(), 4096u - 16);
}

TEST_F(sendv, a_full_ring_answers_eagain_and_never_0) {
  while (b.send(1, 5000, "0123456789abcdef") > 0) {
  }
  const std::uint32_t tx = ring.tx();
  EXPECT_EQ(tx, 4096u - 32) << "127 messages of 32 bytes, and the ring must not look empty";
  EXPECT_EQ(b.send(1, 5000, "0123456789abcdef"), -EAGAIN);
  EXPECT_EQ(b.send(1, 5000, nullptr, 0), 0) << "16 bytes still fit";
  EXPECT_EQ(b.send(1, 5000, nullptr, 0), -EAGAIN);
  EXPECT_EQ(hv.counters().would_block, 3u);
}

TEST_F(sendv, too_long_a_vector_is_refused_unread) {
  EXPECT_EQ(b.send(1, 5000, nullptr, V4V_DEFAULT_MAX_SENDV + 1), -ENOSPC);
  EXPECT_EQ(b.send(1, 5000, nullptr, std::uint64_t{1} << 32 | 1), -ENOSPC);
  const std::string byte = "x";
  const std::vector<v4v_iov> vectors(V4V_DEFAULT_MAX_SENDV, {address_of(byte.data()), 1, 0});
  EXPECT_EQ(b.send(1, 5000, vectors.data(), vectors.size()), V4V_DEFAULT_MAX_SENDV);
}

TEST_F(sendv, a_total_over_the_limit_is_refused_before_any_of_it_is_copied) {
  // Nothing is at these addresses: a copy would crash.
  const v4v_iov over{V4V_PAGE_SIZE, V4V_DEFAULT_MAX_SEND_SIZE + 1, 0};
  EXPECT_EQ(b.send(1, 5000, &over, 1), -EMSGSIZE);
  const std::vector<v4v_iov> wrapping(2, {V4V_PAGE_SIZE, 0x80000010, 0});
  EXPECT_EQ(b.send(1, 5000, wrapping.data(), 2), -EMSGSIZE) << "32 in 32 bits";
  const std::vector<v4v_iov> huge(128, {V4V_PAGE_SIZE, 0xffffffff, 0});
  EXPECT_EQ(b.send(1, 5000, huge.data(), 128), -EMSGSIZE);
}

TEST_F(sendv, a_failed_send_leaves_no_trace) {
  const std::string good(100, 'x');
  const v4v_iov vectors[] = {
      {address_of(good.data()), 100, 0}, {address_of(good.data()), 100, 0}, {0, 100, 0}};
  EXPECT_EQ(b.send(1, 5000, vectors, 3), -EFAULT);
  EXPECT_EQ(ring.tx(), 0u);
  EXPECT_FALSE(a.take_event());
  EXPECT_EQ(b.send(1, 5000, "next"), 4);
  EXPECT_EQ(ring.receive()->payload, "next");
  EXPECT_FALSE(ring.receive());
}

TEST_F(sendv, arguments_out_of_the_guests_reach_are_faults) {
  const v4v_iov vector{0, 0, 0};
  const v4v_send_addr to{{7, 0, 0}, {5000, 1, 0}};
  auto& d = b.domain();
  EXPECT_EQ(d.hypercall(V4V_OP_sendv, 0, address_of(&vector), 1, 0), -EFAULT);
  EXPECT_EQ(d.hypercall(V4V_OP_sendv, address_of(&to), 0, 1, 0), -EFAULT);
  EXPECT_EQ(b.send(1, 5000, reinterpret_cast<const v4v_iov*>(~std::uintptr_t{15}), 2), -EFAULT);
}

TEST_F(sendv, no_domain_and_no_ring_look_alike) {
  EXPECT_EQ(b.send(3, 5000, "x"), -ECONNREFUSED);
  EXPECT_EQ(b.send(V4V_DOMAIN_ANY, 5000, "x"), -ECONNREFUSED);
  EXPECT_EQ(b.send(0xffff, 5000, "x"), -ECONNREFUSED);
  EXPECT_EQ(b.send(1, 5001, "x"), -ECONNREFUSED);
  EXPECT_EQ(b.send(1, V4V_PORT_ANY, "x"), -ECONNREFUSED);
  EXPECT_EQ(hv.counters().rejections, 5u);
}

TEST_F(sendv, the_senders_domain_is_the_caller_whatever_it_claims) {
  b.claimed = {42, 3, 0xffff};
  ASSERT_EQ(b.send(1, 5000, "x"), 1);
  const auto m = ring.receive();
  EXPECT_EQ(m->domain, 2);
  EXPECT_EQ(m->port, 42u) << "the port is the sender's own claim";
}

TEST_F(sendv, a_claimed_domain_does_not_choose_the_ring) {
  ring_memory for_c{6000, 3, 4096};
  ASSERT_EQ(a.register_ring(for_c), 0);
  b.claimed = {7, 3, 0};
  EXPECT_EQ(b.send(1, 6000, "x"), -ECONNREFUSED);
  guest_under_test c{hv, 3};
  c.claimed = {7, 2, 0};
  EXPECT_EQ(c.send(1, 6000, "x"), 1);
}

TEST_F(sendv, the_ring_for_the_partner_is_preferred_over_the_ring_for_any) {
  ring_memory for_b{5000, 2, 4096};
  ASSERT_EQ(a.register_ring(for_b), 0);
  guest_under_test c{hv, 3};
  ASSERT_EQ(b.send(1, 5000, "b"), 1);
  ASSERT_EQ(c.send(1, 5000, "c"), 1);
  EXPECT_EQ(for_b.receive()->payload, "b");
  EXPECT_FALSE(for_b.receive());
  EXPECT_EQ(ring.receive()->payload, "c");
  EXPECT_FALSE(ring.receive());
}

TEST_F(sendv, a_broken_rx_ptr_never_makes_room) {
  ASSERT_EQ(b.send(1, 5000, "x"), 1);
  const std::uint32_t tx = ring.tx();
  for (const std::uint32_t rx : {8u, 17u, 4096u, 0x80000000u, 0xfffffff0u}) {
    ring.set_rx(rx);
    EXPECT_EQ(b.send(1, 5000, "y"), -EAGAIN) << rx;
    EXPECT_EQ(ring.tx(), tx);
  }
  b.take_event();
  ring.set_rx(0);
  a.notify();
  EXPECT_TRUE(b.take_event()) << "once it is mended the sender hears of it";
  EXPECT_EQ(b.send(1, 5000, "y"), 1);
}

TEST_F(sendv, a_broken_rx_ptr_is_counted_once_for_each_call_that_meets_it) {
  ring.set_rx(8);
  EXPECT_EQ(b.send(1, 5000, "x"), -EAGAIN);
  EXPECT_EQ(b.send(1, 5000, "x"), -EAGAIN);
  EXPECT_EQ(hv.counters().broken_rx, 2u);
  EXPECT_EQ(b.ask(1, 5000, 10).flags, V4V_RING_EXISTS | V4V_RING_PENDING);
  EXPECT_EQ(hv.counters().broken_rx, 3u);
  a.notify();
  ring.set_rx(0);
  EXPECT_EQ(b.send(1, 5000, "x"), 1);
  EXPECT_EQ(hv.counters().broken_rx, 3u);
}

TEST_F(sendv, the_most_that_was_in_use_is_remembered) {
  b.send(1, 5000, "x");
  EXPECT_EQ(hv.counters().high_water, 32u);
  b.send(1, 5000, std::string(100, 'x'));
  EXPECT_EQ(hv.counters().high_water, 32u + 128);
  while (ring.receive()) {
  }
  b.send(1, 5000, "x");
  a.die();
  EXPECT_EQ(hv.counters().high_water, 32u + 128);
}

TEST_F(sendv, nothing_but_rx_ptr_is_read_back_from_the_ring) {
  ASSERT_EQ(b.send(1, 5000, "x"), 1);
  ring.header().tx_ptr = 4000;
  ring.header().len = 64;
  ASSERT_EQ(b.send(1, 5000, "y"), 1);
  EXPECT_EQ(ring.tx(), 64u);
}

TEST_F(sendv, padding_is_not_written) {
  std::memset(v4v_ring_bytes(&ring.header()), 0x5a, 4096);
  ASSERT_EQ(b.send(1, 5000, "x"), 1);
  for (std::uint32_t i = 17; i < 64; ++i)
    ASSERT_EQ(ring.at(i), std::byte{0x5a}) << i;
}

TEST_F(sendv, what_was_sent_is_counted) {
  b.send(1, 5000, "12345");
  b.send(1, 5000, "123");
  b.send(1, 1, "12345");
  EXPECT_EQ(hv.counters().messages, 2u);
  EXPECT_EQ(hv.counters().bytes, 8u);
  a.unregister_ring(ring);
  EXPECT_EQ(hv.counters().messages, 2u) << "a ring's counts outlive it";
  a.die();
  b.die();
  const auto all = hv.counters();
  EXPECT_EQ(all.messages, 2u) << "and a domain's";
  EXPECT_EQ(all.bytes, 8u);
  EXPECT_EQ(all.rejections, 1u);
}

}  // namespace
}  // namespace v4v::hv::testing
