// The parts of the core that can be looked at without a hypervisor around them.

#include <gtest/gtest.h>

#include <cerrno>

#include "core/errors.hpp"
#include "core/ring_space.hpp"
#include "core/waiting_rings.hpp"

namespace v4v::hv {
namespace {

static_assert(error::not_permitted == -EPERM);
static_assert(error::busy == -EBUSY);
static_assert(error::restart == -ERESTART);
static_assert(error::no_entry == -ENOENT);
static_assert(error::again == -EAGAIN);
static_assert(error::no_memory == -ENOMEM);
static_assert(error::fault == -EFAULT);
static_assert(error::exists == -EEXIST);
static_assert(error::invalid == -EINVAL);
static_assert(error::no_space == -ENOSPC);
static_assert(error::no_operation == -ENOSYS);
static_assert(error::message_size == -EMSGSIZE);
static_assert(error::connection_refused == -ECONNREFUSED);

TEST(ring_space, is_never_negative_nor_larger_than_the_ring) {
  constexpr std::uint32_t len = 128;
  for (std::uint32_t tx = 0; tx < len; tx += 16) {
    for (std::uint32_t rx = 0; rx < 3 * len; ++rx) {
      const auto space = measure_space(rx, tx, len);
      EXPECT_LE(space.free, len);
      EXPECT_EQ(space.broken, rx >= len || rx % 16 != 0);
      EXPECT_EQ(space.free == 0, space.broken);
      EXPECT_EQ(space.empty, rx == tx);
    }
  }
}

TEST(ring_space, is_what_lies_between_the_positions) {
  EXPECT_EQ(measure_space(0, 0, 128).free, 128u);
  EXPECT_EQ(measure_space(32, 16, 128).free, 16u);
  EXPECT_EQ(measure_space(16, 32, 128).free, 112u);
}

TEST(ring_space, of_any_size_asked_for_does_not_overflow) {
  EXPECT_EQ(bytes_on_ring(0), 16u);
  EXPECT_EQ(bytes_on_ring(1), 32u);
  EXPECT_EQ(bytes_on_ring(16), 32u);
  EXPECT_EQ(bytes_on_ring(0xffffffff), UINT64_C(0x100000010));
  EXPECT_FALSE(measure_space(0, 0, V4V_MAX_RING_LEN).fits(bytes_on_ring(0xffffffff)));
}

TEST(waiting_rings, knows_which_and_how_many) {
  std::atomic<std::uint64_t> words[3] = {};
  waiting_rings waiting;
  waiting.use(words, 3);
  EXPECT_EQ(waiting.meet(), 0u);
  for (const std::uint32_t slot : {0u, 63u, 64u, 191u})
    waiting.add(slot);
  waiting.remove(64);
  EXPECT_EQ(waiting.meet(), 3u);
  EXPECT_EQ(waiting.next(0), 0u);
  EXPECT_EQ(waiting.next(1), 63u);
  EXPECT_EQ(waiting.next(64), 191u);
  EXPECT_EQ(waiting.next(192), waiting_rings::none);
  EXPECT_EQ(waiting.next(~std::uint32_t{0}), waiting_rings::none);
}

}  // namespace
}  // namespace v4v::hv
