#include "ring_reader.hpp"

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace v4v::detail {
namespace {

// A ring whose other side, the hypervisor, is played by the test.
class a_ring_reader : public testing::Test {
 protected:
  static constexpr std::uint32_t len = 256;

  void put(std::string_view payload, std::uint32_t claimed_len, std::uint32_t at) {
    const v4v_message_header header{claimed_len, V4V_MESSAGE_DGRAM, {7, 3, 0}};
    std::memcpy(bytes() + at, &header, sizeof header);
    for (std::size_t i = 0; i < payload.size(); ++i)
      bytes()[(at + sizeof header + i) % len] = static_cast<std::uint8_t>(payload[i]);
  }
  void put(std::string_view payload) {
    const auto claimed = static_cast<std::uint32_t>(sizeof(v4v_message_header) + payload.size());
    put(payload, claimed, ring().tx_ptr);
    ring().tx_ptr = (ring().tx_ptr + v4v_round_up32(claimed)) % len;
  }
  static std::string text(const ring_message& m) {
    std::string s(m.size(), '\0');
    m.copy(0, s.data(), s.size());
    return s;
  }

  v4v_ring& ring() { return *reinterpret_cast<v4v_ring*>(memory_.data()); }
  std::uint8_t* bytes() { return v4v_ring_bytes(&ring()); }

  std::vector<std::uint64_t> memory_ = std::vector<std::uint64_t>((sizeof(v4v_ring) + len) / 8);
};

TEST_F(a_ring_reader, shows_messages_in_order_with_source_and_type) {
  ring_reader reader(ring(), len);
  put("one");
  put("two");
  ring_message m;
  ASSERT_EQ(reader.peek(m), ring_reader::state::message);
  EXPECT_EQ(text(m), "one");
  EXPECT_EQ(m.type, V4V_MESSAGE_DGRAM);
  EXPECT_EQ(m.source.port, 7u);
  EXPECT_EQ(m.source.domain, 3u);
  reader.pop();
  ASSERT_EQ(reader.peek(m), ring_reader::state::message);
  EXPECT_EQ(text(m), "two");
  reader.pop();
  EXPECT_EQ(reader.peek(m), ring_reader::state::empty);
}

TEST_F(a_ring_reader, gives_space_back_only_when_it_publishes) {
  ring_reader reader(ring(), len);
  put("one");
  ring_message m;
  ASSERT_EQ(reader.peek(m), ring_reader::state::message);
  reader.pop();
  EXPECT_EQ(ring().rx_ptr, 0u);
  EXPECT_TRUE(reader.publish());
  EXPECT_EQ(ring().rx_ptr, 32u);
  EXPECT_FALSE(reader.publish());
}

TEST_F(a_ring_reader, shows_a_payload_that_wraps_in_two_pieces) {
  ring().rx_ptr = ring().tx_ptr = len - 32;
  ring_reader reader(ring(), len);
  const std::string payload = "sixteen bytes...and the rest at the front";
  put(payload);
  ring_message m;
  ASSERT_EQ(reader.peek(m), ring_reader::state::message);
  EXPECT_EQ(m.first.size(), 16u);
  EXPECT_EQ(text(m), payload);
  std::string middle(10, '\0');
  m.copy(11, middle.data(), middle.size());
  EXPECT_EQ(middle, payload.substr(11, 10));
  m.copy(20, middle.data(), middle.size());
  EXPECT_EQ(middle, payload.substr(20, 10));
}

TEST_F(a_ring_reader, takes_a_header_that_ends_where_the_ring_ends) {
  ring().rx_ptr = ring().tx_ptr = len - 16;
  ring_reader reader(ring(), len);
  put("front");
  ring_message m;
  ASSERT_EQ(reader.peek(m), ring_reader::state::message);
  EXPECT_EQ(text(m), "front");
  reader.pop();
  reader.publish();
  EXPECT_EQ(ring().rx_ptr, 16u);
}

TEST_F(a_ring_reader, takes_messages_without_payload) {
  ring_reader reader(ring(), len);
  put("");
  ring_message m;
  ASSERT_EQ(reader.peek(m), ring_reader::state::message);
  EXPECT_EQ(m.size(), 0u);
  reader.pop();
  EXPECT_EQ(reader.peek(m), ring_reader::state::empty);
}

TEST_F(a_ring_reader, looks_ahead_once_at_each_message_and_drops_nothing) {
  ring_reader reader(ring(), len);
  put("one");
  put("two");
  ring_message m;
  ASSERT_TRUE(reader.look_ahead(m));
  EXPECT_EQ(text(m), "one");
  EXPECT_TRUE(reader.first_was_shown());
  ASSERT_EQ(reader.peek(m), ring_reader::state::message);
  EXPECT_EQ(text(m), "one");
  reader.pop();
  EXPECT_FALSE(reader.first_was_shown());
  ASSERT_EQ(reader.peek(m), ring_reader::state::message);
  reader.pop();
  EXPECT_FALSE(reader.look_ahead(m)) << "what was popped is not ahead";
  put("three");
  ASSERT_TRUE(reader.look_ahead(m));
  EXPECT_EQ(text(m), "three");
  EXPECT_FALSE(reader.look_ahead(m));
  ASSERT_EQ(reader.peek(m), ring_reader::state::message);
  EXPECT_EQ(text(m), "three");
}

TEST_F(a_ring_reader, breaks_on_positions_that_cannot_be) {
  for (const std::uint32_t tx : {1u, 8u, 255u, 256u, 4096u, 0xffffffffu, 0xfffffff0u}) {
    ring().tx_ptr = tx;
    ring_reader reader(ring(), len);
    ring_message m;
    EXPECT_EQ(reader.peek(m), ring_reader::state::broken) << tx;
    ring().tx_ptr = 0;
    EXPECT_EQ(reader.peek(m), ring_reader::state::broken) << "a broken ring stays broken";
  }
}

TEST_F(a_ring_reader, breaks_on_lengths_that_lie) {
  for (const std::uint32_t claimed : {0u, 15u, 33u, 257u, 0x7fffffffu, 0xfffffff1u, 0xffffffffu}) {
    put("", claimed, 0);
    ring().tx_ptr = 32;
    ring_reader reader(ring(), len);
    ring_message m;
    EXPECT_EQ(reader.peek(m), ring_reader::state::broken) << claimed;
  }
}

TEST_F(a_ring_reader, survives_any_bytes) {
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    for (std::size_t i = 0; i < len; i += 4) {
      const auto word = static_cast<std::uint32_t>(random() % (round % 2 ? 64 : 0xffffffff));
      std::memcpy(bytes() + i, &word, 4);
    }
    ring().rx_ptr = static_cast<std::uint32_t>(random() % (len / 16) * 16);
    ring().tx_ptr = static_cast<std::uint32_t>(random() % (len / 16) * 16);
    ring_reader reader(ring(), len);
    ring_message m;
    std::size_t ahead = 0;
    while (reader.look_ahead(m)) {
      ahead += 16 + m.size();
      ASSERT_LT(ahead, len);
      EXPECT_EQ(text(m).size(), m.size());
    }
    std::size_t taken = 0;
    while (reader.peek(m) == ring_reader::state::message) {
      taken += 16 + m.size();
      ASSERT_LT(taken, len);
      EXPECT_EQ(text(m).size(), m.size());
      reader.pop();
    }
  }
}

}  // namespace
}  // namespace v4v::detail
