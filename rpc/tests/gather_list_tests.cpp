#include "gather_list.hpp"

#include <capnp/serialize.h>
#include <gtest/gtest.h>
#include <kj/exception.h>

#include <cstdint>
#include <string>
#include <vector>

namespace v4v::rpc {
namespace {

/// Segments of the given sizes, with their memory.
class segments_of {
 public:
  explicit segments_of(const std::vector<std::size_t>& sizes) {
    std::uint64_t value = 0;
    for (const std::size_t size : sizes) {
      memory_.emplace_back(size);
      for (auto& word : memory_.back())
        word = ++value;
      segments_.push_back(
          kj::arrayPtr(reinterpret_cast<const capnp::word*>(memory_.back().data()), size));
    }
  }
  [[nodiscard]] segment_list list() const { return {segments_.data(), segments_.size()}; }
  [[nodiscard]] std::string flat() const {
    const auto words = capnp::messageToFlatArray(list());
    return {words.asChars().begin(), words.asChars().end()};
  }

 private:
  std::vector<std::vector<std::uint64_t>> memory_;
  std::vector<kj::ArrayPtr<const capnp::word>> segments_;
};

/// Writes the list, `at_once` bytes at a time.
std::string written(gather_list& list, std::size_t at_once) {
  std::string out;
  while (!list.rest().empty()) {
    std::string piece(at_once, '\0');
    const std::size_t n = asio::buffer_copy(asio::buffer(piece), list.rest());
    out.append(piece, 0, n);
    list.sent(n);
  }
  return out;
}

TEST(gather_list_test, is_the_standard_framing_for_every_number_of_segments) {
  gather_list list;
  for (std::size_t count = 1; count <= 40; ++count) {
    std::vector<std::size_t> sizes(count);
    for (std::size_t i = 0; i < count; ++i)
      sizes[i] = (i * 5 + count) % 7;
    const segments_of segments{sizes};
    const auto message = segments.list();
    list.assign(kj::arrayPtr(&message, 1));
    EXPECT_EQ(written(list, 1 << 20), segments.flat());
  }
}

TEST(gather_list_test, goes_on_anywhere_after_a_short_write) {
  const segments_of segments{{3, 0, 1, 4}};
  const auto message = segments.list();
  for (std::size_t at_once = 1; at_once < 80; ++at_once) {
    gather_list list;
    list.assign(kj::arrayPtr(&message, 1));
    EXPECT_EQ(written(list, at_once), segments.flat());
  }
}

TEST(gather_list_test, holds_several_messages) {
  const segments_of first{{3}}, second{{1, 2}}, third{{0}};
  const segment_list messages[] = {first.list(), second.list(), third.list()};
  gather_list list;
  list.assign(kj::arrayPtr(messages, 3));
  EXPECT_EQ(written(list, 1 << 20), first.flat() + second.flat() + third.flat());
}

TEST(gather_list_test, copies_no_segment) {
  const segments_of segments{{3, 2}};
  const auto message = segments.list();
  gather_list list;
  list.assign(kj::arrayPtr(&message, 1));
  ASSERT_EQ(list.rest().size(), 3u);
  EXPECT_EQ(list.rest()[1].data(), message[0].begin());
  EXPECT_EQ(list.rest()[2].data(), message[1].begin());
}

TEST(gather_list_test, knows_whether_it_is_halfway) {
  const segments_of segments{{3}};
  const auto message = segments.list();
  gather_list list;
  list.assign(kj::arrayPtr(&message, 1));
  EXPECT_FALSE(list.halfway());
  list.sent(1);
  EXPECT_TRUE(list.halfway());
  list.sent(31);
  EXPECT_FALSE(list.halfway());
}

TEST(gather_list_test, refuses_what_a_receiver_would_refuse) {
  gather_list list;
  const segments_of none{{}}, many{std::vector<std::size_t>(513, 1)};
  for (const auto& message : {none.list(), many.list()}) {
    EXPECT_THROW(list.assign(kj::arrayPtr(&message, 1)), kj::Exception);
    EXPECT_TRUE(list.rest().empty());
  }
}

}  // namespace
}  // namespace v4v::rpc
