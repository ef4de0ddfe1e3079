// How long a client waits before it connects again.

#include <gtest/gtest.h>

#include "back_off_sequence.hpp"

namespace v4v::rpc {
namespace {

using namespace std::chrono_literals;

TEST(a_back_off, doubles_up_to_the_longest_and_begins_again) {
  back_off_sequence waits{{.first = 10ms, .longest = 65ms, .jitter = 0}, 1};
  for (int i = 0; i < 2; ++i) {
    for (const auto expected : {10ms, 20ms, 40ms, 65ms, 65ms})
      EXPECT_EQ(waits.next(), expected);
    waits.reset();
  }
}

TEST(a_back_off, is_shortened_by_no_more_than_its_jitter) {
  back_off_sequence waits{{.first = 1s, .longest = 1s, .jitter = 0.25}, 2};
  auto shortest = 1s + 0ns, longest = 0ns;
  for (int i = 0; i < 1000; ++i) {
    const auto wait = waits.next();
    shortest = std::min(shortest, wait);
    longest = std::max(longest, wait);
  }
  EXPECT_GE(shortest, 750ms);
  EXPECT_LT(shortest, 760ms);
  EXPECT_GT(longest, 990ms);
  EXPECT_LE(longest, 1s);
}

TEST(a_back_off, is_another_one_for_each_client) {
  back_off_sequence one{{}, 1}, other{{}, 2};
  EXPECT_NE(one.next(), other.next());
}

TEST(a_back_off, can_be_as_long_as_time_is) {
  back_off_sequence waits{{.first = std::chrono::nanoseconds::max() - 1ns,
                           .longest = std::chrono::nanoseconds::max(),
                           .jitter = 0},
                          1};
  EXPECT_EQ(waits.next(), std::chrono::nanoseconds::max() - 1ns);
  EXPECT_EQ(waits.next(), std::chrono::nanoseconds::max());
}

}  // namespace
}  // namespace v4v::rpc
