#include "page_allocator.hpp"

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "v4v/abi.h"

namespace v4v::detail {
namespace {

TEST(a_page_allocator, has_nothing_before_it_grows) {
  page_allocator pages;
  EXPECT_EQ(pages.take(1), std::nullopt);
  EXPECT_EQ(pages.missing(3), 3);
}

TEST(a_page_allocator, takes_the_first_that_fit) {
  page_allocator pages;
  pages.grow(10);
  EXPECT_EQ(pages.take(2), 0);
  EXPECT_EQ(pages.take(3), 2);
  EXPECT_EQ(pages.take(5), 5);
  EXPECT_EQ(pages.take(1), std::nullopt);
  pages.give_back(2, 3);
  pages.give_back(0, 2);
  EXPECT_EQ(pages.take(1), 0);
}

TEST(a_page_allocator, passes_over_what_is_too_small) {
  page_allocator pages;
  pages.grow(10);
  const auto small = pages.take(2);
  const auto kept = pages.take(1);
  pages.give_back(*small, 2);
  EXPECT_EQ(pages.take(3), 3);
  EXPECT_EQ(kept, 2);
}

TEST(a_page_allocator, makes_one_of_neighbours_in_whatever_order_they_come_back) {
  std::vector<std::size_t> order{0, 1, 2, 3, 4};
  do {
    page_allocator pages;
    pages.grow(10);
    for (int i = 0; i < 5; ++i)
      ASSERT_TRUE(pages.take(2));
    for (const std::size_t i : order)
      pages.give_back(2 * i, 2);
    EXPECT_EQ(pages.take(10), 0);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(a_page_allocator, makes_one_of_what_is_free_at_the_end_and_what_it_grows_by) {
  page_allocator pages;
  pages.grow(4);
  ASSERT_EQ(pages.take(3), 0);
  EXPECT_EQ(pages.missing(5), 4);
  pages.grow(pages.missing(5));
  EXPECT_EQ(pages.missing(5), 0);
  EXPECT_EQ(pages.take(5), 3);
  EXPECT_EQ(pages.size(), 8);
}

TEST(a_page_allocator, misses_all_of_it_when_the_last_page_is_taken) {
  page_allocator pages;
  pages.grow(4);
  const auto first = pages.take(3);
  ASSERT_TRUE(pages.take(1));
  pages.give_back(*first, 3);
  EXPECT_EQ(pages.missing(4), 4);
}

// Real memory, written to by whoever has it: what two had at the same time would not be found as it
// was left.
TEST(a_page_allocator, gives_no_page_to_two_at_a_time) {
  struct piece {
    std::size_t first, count;
    char mark;
  };
  constexpr std::size_t most = 300;
  std::vector<char> memory(most * V4V_PAGE_SIZE);
  page_allocator pages;
  std::vector<piece> held;
  std::mt19937 random(7);
  const auto at = [&](const piece& p) { return memory.data() + p.first * V4V_PAGE_SIZE; };
  const auto size = [](const piece& p) { return p.count * V4V_PAGE_SIZE; };
  for (int i = 0; i < 3000; ++i) {
    const std::size_t count = 1 + random() % (random() % 8 == 0 ? 40 : 5);
    auto first = pages.take(count);
    if (!first && pages.size() < most) {
      pages.grow(std::min(pages.missing(count) + random() % 3, most - pages.size()));
      first = pages.take(count);
    }
    if (first) {
      ASSERT_LE(*first + count, pages.size());
      held.push_back({*first, count, static_cast<char>(random())});
      std::memset(at(held.back()), held.back().mark, size(held.back()));
    }
    while (!held.empty() && (!first || random() % 2 == 0)) {
      std::swap(held[random() % held.size()], held.back());
      const piece p = held.back();
      held.pop_back();
      const std::string expected(size(p), p.mark);
      ASSERT_EQ(std::memcmp(at(p), expected.data(), size(p)), 0);
      pages.give_back(p.first, p.count);
      first.emplace(0);
    }
  }
  EXPECT_EQ(pages.size(), most);
  for (const piece& p : held)
    pages.give_back(p.first, p.count);
  EXPECT_EQ(pages.take(most), 0) << "all of it is free, and one piece";
}

}  // namespace
}  // namespace v4v::detail
