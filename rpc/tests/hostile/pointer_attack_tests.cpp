// Calls whose content is a trap: more to read than was sent, deeper than a stack, outside of it
// all.

#include <cstring>
#include <vector>

#include "server_under_attack.hpp"

namespace v4v::rpc::testing {
namespace {

/// The pointers of Cap'n Proto's encoding, as numbers.
constexpr std::uint64_t struct_pointer(std::int32_t offset, std::uint16_t data,
                                       std::uint16_t pointers) {
  return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(offset) << 2)) |
         (std::uint64_t{data} << 32) | (std::uint64_t{pointers} << 48);
}
constexpr std::uint64_t list_pointer(std::int32_t offset, std::uint32_t element_size,
                                     std::uint32_t count) {
  return (static_cast<std::uint64_t>((static_cast<std::uint32_t>(offset) << 2) | 1u)) |
         (std::uint64_t{element_size | (count << 3)} << 32);
}
constexpr std::uint64_t far_pointer(std::uint32_t segment, std::uint32_t offset, bool twice) {
  return 2u | (twice ? 4u : 0u) | (std::uint64_t{offset} << 3) | (std::uint64_t{segment} << 32);
}
constexpr std::uint64_t capability_pointer(std::uint32_t index) {
  return 3u | (std::uint64_t{index} << 32);
}

constexpr std::uint32_t pointers = 6, bytes_each = 2;  // sizes of elements

class a_call : public server_under_attack {
 protected:
  /// Has the value of a call of Mirror.anything be `trap`, whose first word is the pointer.
  static bytes with_value(const std::vector<std::uint64_t>& trap) {
    return call_message(1, [&](auto call) {
      // Room in which the trap is laid: a list of words, whose pointer is then overwritten by the
      // trap's, relative to the same place.
      auto value =
          call.getParams().getContent().template getAs<Mirror::AnythingParams>().getValue();
      auto room =
          value.template initAs<capnp::List<std::uint64_t>>(static_cast<kj::uint>(trap.size() - 1));
      for (kj::uint i = 0; i < room.size(); ++i)
        room.set(i, trap[i + 1]);
    });
  }

  /// The same, with the pointer overwritten: it is the only list of so many words.
  static bytes trapped(const std::vector<std::uint64_t>& trap) {
    bytes message = with_value(trap);
    const std::uint64_t expected = list_pointer(0, 5, static_cast<std::uint32_t>(trap.size() - 1));
    for (std::size_t at = 0; at < message.size(); at += sizeof expected) {
      std::uint64_t found;
      std::memcpy(&found, message.data() + at, sizeof found);
      if (found != expected) continue;
      std::memcpy(message.data() + at, trap.data(), sizeof found);
      return message;
    }
    throw std::logic_error{"the pointer was not found"};
  }

  void expect_borne(const std::vector<std::uint64_t>& trap) {
    EXPECT_EQ(attack(bootstrap_message(0) + trapped(trap)), outcome::connection_goes_on);
    EXPECT_TRUE(answer_to(1).has_value());
    expect_unharmed();
  }
  void expect_refused(const std::vector<std::uint64_t>& trap) {
    expect_borne(trap);
    EXPECT_EQ(answer_to(1), capnp::rpc::Return::EXCEPTION);
  }
};

TEST_F(a_call, whose_value_points_out_of_the_message_gets_an_answer) {
  expect_refused({struct_pointer(0x1FFFFFFF, 0xFFFF, 0xFFFF), 0, 0});
  expect_refused({struct_pointer(-0x10000, 1, 1), 0, 0});
  expect_refused({list_pointer(0, bytes_each, 0x1FFFFFFF), 0, 0});
  expect_refused({list_pointer(0x1FFFFFFF, pointers, 0x1FFFFFFF), 0, 0});
  expect_refused({far_pointer(0, 0x1FFFFFFF, false), 0, 0});
  expect_refused({far_pointer(0xFFFFFFFF, 0, false), 0, 0});
  expect_refused({far_pointer(0xFFFFFFFF, 0, true), 0, 0});
}

TEST_F(a_call, whose_value_is_a_list_with_a_tag_that_lies_gets_an_answer) {
  constexpr std::uint32_t structs = 7;
  // Elements of no size, a half billion of them.
  expect_refused({list_pointer(0, structs, 0), struct_pointer(0x1FFFFFFF, 0, 0), 0});
  expect_refused({list_pointer(0, structs, 1), struct_pointer(0x1FFFFFFF, 0xFFFF, 0xFFFF), 0});
  expect_refused({list_pointer(0, structs, 1), list_pointer(0, 0, 1), 0});
  expect_refused({list_pointer(0, 0, 0x1FFFFFFF), 0, 0});
}

TEST_F(a_call, whose_value_is_a_capability_that_its_table_does_not_have_gets_an_answer) {
  expect_refused({capability_pointer(0), 0, 0});
  expect_refused({capability_pointer(0xFFFFFFFF), 0, 0});
}

TEST_F(a_call, whose_value_contains_itself_gets_an_answer) {
  // A struct of one pointer, which points to the struct.
  expect_refused({struct_pointer(0, 0, 1), struct_pointer(-1, 0, 1), 0});
  expect_refused({far_pointer(0, 2, true), far_pointer(0, 2, true), 0});
}

TEST_F(a_call, whose_value_is_deeper_than_the_readers_limit_gets_an_answer) {
  std::vector<std::uint64_t> chain(10'000, struct_pointer(0, 0, 1));
  expect_refused(chain);
}

// Ten levels of lists of a hundred pointers each to the same next list: 10^20 texts.
TEST_F(a_call, whose_value_is_read_as_much_more_than_was_sent_gets_an_answer) {
  constexpr std::uint32_t width = 100, depth = 10;
  std::vector<std::uint64_t> trap{list_pointer(0, pointers, width)};
  for (std::uint32_t level = 0; level < depth; ++level) {
    for (std::uint32_t i = 0; i < width; ++i) {
      trap.push_back(list_pointer(static_cast<std::int32_t>(width - 1 - i),
                                  level + 1 < depth ? pointers : bytes_each, width));
    }
  }
  trap.resize(trap.size() + width, 0);
  expect_refused(trap);
}

}  // namespace
}  // namespace v4v::rpc::testing
