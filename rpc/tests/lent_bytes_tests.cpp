// What the message assembler makes of bytes that are lent to it.

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <gtest/gtest.h>
#include <kj/exception.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "message_assembler.hpp"

namespace v4v::rpc {
namespace {

using word_list = std::vector<std::uint64_t>;

/// Messages of one segment each, of these sizes in words, one behind the other; each word differs.
word_list messages(const std::vector<std::size_t>& sizes) {
  word_list all;
  for (const std::size_t size : sizes) {
    all.push_back(std::uint64_t{size} << 32);
    for (std::size_t i = 0; i < size; ++i)
      all.push_back(all.size() * 0x9E3779B97F4A7C15);
  }
  return all;
}

struct lent_bytes_test : testing::Test {
  /// Lends a copy of the bytes from `from` to `to`, in one piece or in two that meet at `joint`.
  /// The pieces are apart, `shift` bytes behind a word's boundary, and gone when nobody keeps them.
  void lend(std::size_t from, std::size_t to, std::optional<std::size_t> joint = {},
            std::size_t shift = 0) {
    struct kept {
      std::vector<std::uint64_t> first, second;
    };
    auto bytes = std::make_shared<kept>();
    const auto piece = [&](std::vector<std::uint64_t>& storage, std::size_t begin,
                           std::size_t end) {
      storage.resize((shift + end - begin) / 8 + 2);
      auto* const start = reinterpret_cast<kj::byte*>(storage.data()) + shift;
      std::memcpy(start, reinterpret_cast<const kj::byte*>(sent.data()) + begin, end - begin);
      return asio::const_buffer(start, end - begin);
    };
    const auto middle = joint.value_or(to);
    const auto first = piece(bytes->first, from, middle);
    const auto second = piece(bytes->second, middle, to);
    assembler.received(detail::lent_bytes{std::move(bytes), first, second});
    collect();
  }

  void copy(std::size_t from, std::size_t to) {
    while (from < to) {
      const auto space = assembler.space();
      const auto n = std::min(space.size(), to - from);
      std::memcpy(space.data(), reinterpret_cast<const kj::byte*>(sent.data()) + from, n);
      assembler.received(n);
      from += n;
      collect();
    }
  }

  void collect() {
    for (;;) {
      auto next = assembler.next(options);
      KJ_IF_MAYBE (reader, next) {
        readers.push_back(kj::mv(*reader));
      } else {
        return;
      }
    }
  }

  void expect_all() {
    std::size_t at = 0;
    for (auto& reader : readers) {
      const auto segment = reader->getSegment(0);
      ASSERT_LE(at + 1 + segment.size(), sent.size());
      EXPECT_EQ(segment.size(), sent[at] >> 32);
      EXPECT_EQ(std::memcmp(segment.begin(), &sent[at + 1], segment.size() * 8), 0);
      at += 1 + segment.size();
    }
    EXPECT_EQ(at, sent.size());
    EXPECT_TRUE(assembler.between_messages());
    readers.clear();
  }

  word_list sent;
  message_assembler assembler;
  capnp::ReaderOptions options;
  std::vector<kj::Own<capnp::MessageReader>> readers;
};

TEST_F(lent_bytes_test, are_read_where_they_are) {
  sent = messages({5, 0, 7});
  lend(0, sent.size() * 8);
  EXPECT_EQ(assembler.counts().in_place, 3u);
  EXPECT_EQ(assembler.counts().bytes_in_place, sent.size() * 8);
  EXPECT_EQ(assembler.counts().bytes_copied, 0u);
  expect_all();
}

TEST_F(lent_bytes_test, are_given_back_when_the_last_message_in_them_is) {
  auto kept = std::make_shared<word_list>(messages({2, 3}));
  const std::weak_ptr<word_list> watch = kept;
  const asio::const_buffer all(kept->data(), kept->size() * 8);
  assembler.received(detail::lent_bytes{std::move(kept), all, {}});
  collect();
  readers.pop_back();
  EXPECT_FALSE(watch.expired());
  readers.clear();
  EXPECT_TRUE(watch.expired());
}

TEST_F(lent_bytes_test, in_two_pieces_lose_nothing_wherever_they_meet) {
  sent = messages({3, 1, 0, 4});
  for (std::size_t joint = 0; joint <= sent.size() * 8; ++joint) {
    lend(0, sent.size() * 8, joint);
    expect_all();
  }
}

TEST_F(lent_bytes_test, behind_copied_ones_lose_nothing_wherever_those_end) {
  sent = messages({3, 1, 0, 4});
  for (std::size_t copied = 0; copied < sent.size() * 8; ++copied) {
    copy(0, copied);
    lend(copied, sent.size() * 8);
    expect_all();
    lend(0, sent.size() * 8 - copied);
    copy(sent.size() * 8 - copied, sent.size() * 8);
    expect_all();
  }
}

TEST_F(lent_bytes_test, that_are_not_aligned_are_copied) {
  sent = messages({3, 1, 0, 4});
  for (std::size_t shift = 1; shift < 8; ++shift) {
    lend(0, sent.size() * 8, {}, shift);
    expect_all();
  }
  EXPECT_EQ(assembler.counts().in_place, 0u);
}

TEST_F(lent_bytes_test, complete_a_message_and_are_read_in_place_behind_it) {
  sent = messages({100, 200, 300});
  copy(0, 80);
  lend(80, sent.size() * 8);
  EXPECT_EQ(assembler.counts().assembled, 1u);
  EXPECT_EQ(assembler.counts().in_place, 2u);
  EXPECT_EQ(assembler.counts().bytes_copied, 101u * 8);
  expect_all();
}

TEST_F(lent_bytes_test, of_a_message_to_be_refused_are_refused_again_and_again) {
  sent = messages({10});
  options.traversalLimitInWords = 9;
  EXPECT_THROW(lend(0, sent.size() * 8), kj::Exception);
  EXPECT_THROW((void)assembler.next(options), kj::Exception);
}

TEST_F(lent_bytes_test, that_end_in_the_segment_table_wait_for_the_rest) {
  sent = {std::uint64_t{2} | std::uint64_t{1} << 32, 2 | std::uint64_t{3} << 32, 1, 2, 3, 4, 5, 6};
  lend(0, 8);
  EXPECT_TRUE(readers.empty());
  EXPECT_FALSE(assembler.between_messages());
  lend(8, 64);
  ASSERT_EQ(readers.size(), 1u);
  for (kj::uint id = 0; id < 3; ++id)
    EXPECT_EQ(readers[0]->getSegment(id).size(), id + 1);
}

TEST_F(lent_bytes_test, mixed_with_copied_ones_at_random_lose_nothing) {
  std::mt19937 random{3};
  for (int round = 0; round < 300; ++round) {
    std::vector<std::size_t> sizes(1 + random() % 20);
    for (auto& size : sizes)
      size = random() % (random() % 10 == 0 ? 20'000 : 50);
    sent = messages(sizes);
    for (std::size_t at = 0; at < sent.size() * 8;) {
      const auto n = std::min<std::size_t>(sent.size() * 8 - at, 1 + random() % 10'000);
      if (random() % 2 == 0) {
        copy(at, at + n);
      } else {
        lend(at, at + n, at + random() % (n + 1), random() % 4 == 0 ? random() % 8 : 0);
      }
      at += n;
    }
    expect_all();
  }
  EXPECT_GT(assembler.counts().in_place, 0u);
}

}  // namespace
}  // namespace v4v::rpc
