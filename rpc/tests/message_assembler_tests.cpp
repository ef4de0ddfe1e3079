#include "message_assembler.hpp"

#include <capnp/any.h>
#include <capnp/message.h>
#include <capnp/serialize.h>
#include <gtest/gtest.h>
#include <kj/exception.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "framing.hpp"

namespace v4v::rpc {
namespace {

using words = kj::Array<capnp::word>;

std::vector<kj::byte> bytes_of(kj::ArrayPtr<const capnp::word> from) {
  const auto bytes = from.asBytes();
  return {bytes.begin(), bytes.end()};
}

/// A message of the given segment sizes (in words), each word of which is different.
std::vector<kj::byte> message(const std::vector<std::uint32_t>& sizes, std::uint64_t seed = 1) {
  const std::size_t table = sizes.size() / 2 + 1;
  std::vector<std::uint32_t> entries(2 * table, 0);
  entries[0] = static_cast<std::uint32_t>(sizes.size() - 1);
  std::ranges::copy(sizes, entries.begin() + 1);
  std::size_t body = 0;
  for (const auto size : sizes)
    body += size;
  std::vector<kj::byte> out((table + body) * 8);
  std::memcpy(out.data(), entries.data(), table * 8);
  for (std::size_t i = 0; i < body; ++i) {
    const std::uint64_t value = seed * 1'000'003 + i;
    std::memcpy(out.data() + (table + i) * 8, &value, 8);
  }
  return out;
}

/// Just the table.
std::vector<kj::byte> entries(const std::vector<std::uint32_t>& values) {
  std::vector<kj::byte> out(values.size() * 4);
  std::memcpy(out.data(), values.data(), out.size());
  return out;
}

std::vector<kj::byte> flattened(capnp::MessageReader& reader) {
  std::vector<kj::ArrayPtr<const capnp::word>> segments;
  for (kj::uint id = 0;; ++id) {
    const auto segment = reader.getSegment(id);
    if (segment.begin() == nullptr) break;
    segments.push_back(segment);
  }
  return bytes_of(capnp::messageToFlatArray(kj::arrayPtr(segments.data(), segments.size())));
}

void operator+=(std::vector<kj::byte>& to, const std::vector<kj::byte>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

struct message_assembler_test : testing::Test {
  /// Gives the bytes, at most `at_once` at a time, and collects all messages that come out.
  void receive(const std::vector<kj::byte>& bytes,
               std::size_t at_once = std::numeric_limits<std::size_t>::max()) {
    std::size_t given = 0;
    do {
      const auto space = assembler.space();
      ASSERT_FALSE(space.empty());
      const std::size_t n = std::min({space.size(), bytes.size() - given, at_once});
      std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(given), n, space.begin());
      assembler.received(n);
      given += n;
      collect();
    } while (given < bytes.size());
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

  void expect_messages(const std::vector<std::vector<kj::byte>>& expected) {
    ASSERT_EQ(readers.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(flattened(*readers[i]), expected[i]) << "message " << i;
    }
  }

  std::string refusal_of(const std::vector<kj::byte>& bytes) {
    try {
      receive(bytes);
    } catch (const kj::Exception& e) {
      EXPECT_NE(e.getType(), kj::Exception::Type::DISCONNECTED);
      return e.getDescription().cStr();
    }
    return "";
  }

  message_assembler assembler;
  capnp::ReaderOptions options;
  std::vector<kj::Own<capnp::MessageReader>> readers;
};

TEST_F(message_assembler_test, gives_nothing_before_anything_was_received) {
  collect();
  EXPECT_TRUE(readers.empty());
  EXPECT_TRUE(assembler.between_messages());
}

TEST_F(message_assembler_test, gives_back_messages_of_every_number_of_segments) {
  std::vector<std::vector<kj::byte>> expected;
  std::vector<kj::byte> stream;
  for (std::uint32_t count = 1; count <= 40; ++count) {
    std::vector<std::uint32_t> sizes(count);
    for (std::uint32_t i = 0; i < count; ++i)
      sizes[i] = (i * 7 + count) % 11;  // 0 among them
    expected.push_back(message(sizes, count));
    stream += expected.back();
  }
  receive(stream);
  expect_messages(expected);
}

TEST_F(message_assembler_test, gives_back_the_same_messages_byte_by_byte) {
  std::vector<std::vector<kj::byte>> expected{message({3}), message({1, 0, 5}), message({0}),
                                              message({2, 2, 2, 2})};
  std::vector<kj::byte> stream;
  for (const auto& m : expected)
    stream += m;
  receive(stream, 1);
  expect_messages(expected);
  EXPECT_TRUE(assembler.between_messages());
}

TEST_F(message_assembler_test, gives_back_random_messages_in_random_pieces) {
  std::mt19937 random{20240610};
  std::vector<std::vector<kj::byte>> expected;
  std::vector<kj::byte> stream;
  for (std::uint64_t i = 0; i < 300; ++i) {
    std::vector<std::uint32_t> sizes(1 + random() % 6);
    const std::uint32_t most = random() % 10 == 0 ? 20'000 : 300;
    for (auto& size : sizes)
      size = static_cast<std::uint32_t>(random() % most);
    expected.push_back(message(sizes, i));
    stream += expected.back();
  }
  for (std::size_t begin = 0; begin < stream.size();) {
    const std::size_t n = std::min<std::size_t>(stream.size() - begin, 1 + random() % 50'000);
    receive({stream.begin() + static_cast<std::ptrdiff_t>(begin),
             stream.begin() + static_cast<std::ptrdiff_t>(begin + n)});
    begin += n;
    if (random() % 4 == 0) {  // some readers go early, so that blocks are used again
      for (; !readers.empty(); readers.erase(readers.begin()), expected.erase(expected.begin())) {
        ASSERT_EQ(flattened(*readers.front()), expected.front());
      }
    }
  }
  expect_messages(expected);
}

TEST_F(message_assembler_test, reads_a_large_message_into_an_allocation_of_exactly_its_size) {
  const auto large = message({1'000'000});
  std::vector<kj::byte> head{large.begin(), large.begin() + 8};
  receive(head);
  EXPECT_EQ(assembler.space().size(), large.size() - 8);
  receive({large.begin() + 8, large.end()});
  expect_messages({large});
  EXPECT_EQ(assembler.space().size(), message_assembler::block_bytes);
}

TEST_F(message_assembler_test, uses_a_block_again_once_nobody_reads_it) {
  const kj::byte* first = assembler.space().data();
  for (int i = 0; i < 100; ++i) {
    receive(message({1000}));
    readers.clear();
  }
  EXPECT_EQ(assembler.space().data(), first);
}

TEST_F(message_assembler_test, does_not_touch_a_block_that_is_still_read) {
  std::vector<std::vector<kj::byte>> expected;
  for (std::uint64_t i = 0; i < 100; ++i) {
    expected.push_back(message({1000}, i));
    receive(expected.back());
  }
  expect_messages(expected);
}

TEST_F(message_assembler_test, readers_may_outlive_it) {
  kj::Own<capnp::MessageReader> reader;
  {
    message_assembler other;
    const auto bytes = message({2});
    std::ranges::copy(bytes, other.space().begin());
    other.received(bytes.size());
    reader = KJ_ASSERT_NONNULL(other.next(options));
  }
  EXPECT_EQ(flattened(*reader), message({2}));
}

TEST_F(message_assembler_test, readers_are_aligned_and_have_no_further_segment) {
  receive(message({1}));
  receive(message({1, 2}));
  for (auto& reader : readers) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(reader->getSegment(0).begin()) % 8, 0u);
    EXPECT_EQ(reader->getSegment(2).begin(), nullptr);
    EXPECT_EQ(reader->getSegment(0xFFFFFFFF).begin(), nullptr);
  }
}

TEST_F(message_assembler_test, refuses_the_segment_count_that_overflows) {
  EXPECT_NE(refusal_of(entries({0xFFFFFFFF, 0})).find("too many segments"), std::string::npos);
}

TEST_F(message_assembler_test, refuses_more_than_512_segments_and_takes_512) {
  receive(message(std::vector<std::uint32_t>(512, 1)));
  EXPECT_EQ(readers.size(), 1u);
  EXPECT_NE(refusal_of(entries({512, 1})).find("too many segments"), std::string::npos);
}

TEST_F(message_assembler_test, refuses_more_words_than_the_limit_and_takes_the_limit) {
  options.traversalLimitInWords = 100;
  receive(message({60, 40}));
  EXPECT_EQ(readers.size(), 1u);
  EXPECT_NE(refusal_of(entries({1, 60, 41, 0})).find("over the receiver's limit"),
            std::string::npos);
}

TEST_F(message_assembler_test, refuses_sizes_whose_sum_would_overflow_32_or_64_bits) {
  EXPECT_NE(refusal_of(entries({1, 0xFFFFFFFF, 2, 0})), "");
  assembler = {};
  std::vector<std::uint32_t> table(514, 0xFFFFFFFF);
  table[0] = 511;
  EXPECT_NE(refusal_of(entries(table)), "");
}

TEST_F(message_assembler_test, allocates_nothing_for_what_it_refuses) {
  const auto* before = assembler.space().data();
  EXPECT_NE(refusal_of(entries({0, 0x7FFFFFFF})), "");
  EXPECT_EQ(assembler.space().data(), before + 8);
}

TEST_F(message_assembler_test, refuses_again_what_it_has_refused) {
  EXPECT_NE(refusal_of(entries({0xFFFFFFFF, 0})), "");
  EXPECT_THROW((void)assembler.next(options), kj::Exception);
}

TEST_F(message_assembler_test, survives_random_bytes) {
  std::mt19937 random{7};
  options.traversalLimitInWords = 1 << 16;
  for (int round = 0; round < 2000; ++round) {
    assembler = {};
    std::vector<kj::byte> bytes(1 + random() % 200);
    for (auto& byte : bytes)
      byte = static_cast<kj::byte>(random() % 4 == 0 ? random() : 0);
    try {
      receive(bytes, 1 + random() % 20);
      for (auto& reader : readers)
        (void)flattened(*reader);
    } catch (const kj::Exception&) {
    }
    readers.clear();
  }
}

}  // namespace
}  // namespace v4v::rpc
