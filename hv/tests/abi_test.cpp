#include "v4v/abi.h"

#include <gtest/gtest.h>

#include "abi_in_c.h"

namespace {

TEST(abi, round_up_works_in_the_operands_own_type) {
  EXPECT_EQ(v4v_round_up32(0), 0u);
  EXPECT_EQ(v4v_round_up32(1), 16u);
  EXPECT_EQ(v4v_round_up32(16), 16u);
  EXPECT_EQ(v4v_round_up64(UINT64_C(0x100000001)), UINT64_C(0x100000010));
}

TEST(abi, is_the_same_in_c) {
  for (const std::uint32_t n : {0u, 1u, 15u, 16u, 17u, 0xfffffff0u}) {
    EXPECT_EQ(abi_round_up32(n), v4v_round_up32(n));
    EXPECT_EQ(abi_round_up64(UINT64_C(0x700000000) + n), v4v_round_up64(UINT64_C(0x700000000) + n));
    EXPECT_EQ(abi_ring_pages(n), v4v_ring_pages(n));
  }
  EXPECT_EQ(abi_data_offset(), sizeof(v4v_ring));
}

TEST(abi, a_ring_takes_the_pages_of_its_header_and_its_data) {
  EXPECT_EQ(v4v_ring_pages(4096 - 64), 1u);
  EXPECT_EQ(v4v_ring_pages(4096 - 48), 2u);
  EXPECT_EQ(v4v_ring_pages(V4V_MAX_RING_LEN), 4097u);
  EXPECT_EQ(v4v_ring_pages(0xffffffff), 0x100001u) << "computed without overflow";
}

}  // namespace
