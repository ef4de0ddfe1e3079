// Bytes that are no messages, or only the beginning of some.

#include <random>
#include <vector>

#include "server_under_attack.hpp"

namespace v4v::rpc::testing {
namespace {

class bytes_that_are_no_message : public server_under_attack {
 protected:
  void expect_refused(const bytes& sent) {
    EXPECT_EQ(attack(sent), outcome::connection_ended);
    expect_unharmed();
  }

  static bytes words(const std::vector<std::uint32_t>& entries) {
    return {reinterpret_cast<const char*>(entries.data()), entries.size() * sizeof(entries[0])};
  }

  bytes random_bytes(std::size_t size) {
    bytes all(size, '\0');
    for (auto& each : all)
      each = static_cast<char>(random());
    return all;
  }

  std::mt19937 random{20'240'229};
};

TEST_F(bytes_that_are_no_message, all_ones_end_the_connection) {
  expect_refused(bytes(64, '\xFF'));
}

TEST_F(bytes_that_are_no_message, a_count_of_segments_that_overflows_ends_the_connection) {
  expect_refused(words({0xFFFFFFFF, 0}));
  expect_refused(words({0xFFFFFFFE, 0}));
  expect_refused(words({0x7FFFFFFF, 0}));
  expect_refused(words({512, 0}));
}

TEST_F(bytes_that_are_no_message, lengths_that_overflow_when_they_are_added_end_the_connection) {
  std::vector<std::uint32_t> table(513, 0xFFFFFFFF);
  table[0] = 511;
  table.push_back(0xFFFFFFFF);
  expect_refused(words(table));
  expect_refused(words({0, 0xFFFFFFFF}));
  expect_refused(words({1, 0x80000000, 0x80000000, 0}));
}

TEST_F(bytes_that_are_no_message, an_announced_length_within_the_limit_is_waited_for) {
  EXPECT_EQ(attack(words({0, 8 << 20})), outcome::connection_goes_on);
  expect_unharmed();
}

TEST_F(bytes_that_are_no_message, a_message_without_a_word_is_refused_or_answered_and_no_more) {
  attack(words({0, 0}));
  expect_unharmed();
}

TEST_F(bytes_that_are_no_message, random_ones_do_no_harm) {
  for (int i = 0; i < 300; ++i) {
    attack(random_bytes(1 + random() % 300));
    expect_unharmed();
  }
}

TEST_F(bytes_that_are_no_message, random_content_in_good_frames_does_no_harm) {
  for (std::uint32_t i = 0; i < 300; ++i) {
    const std::uint32_t size = 1 + static_cast<std::uint32_t>(random() % 40);
    attack(words({0, size}) + random_bytes(size * sizeof(capnp::word)));
    expect_unharmed();
  }
}

/// A good conversation, cut off after each of its bytes.
class a_conversation_cut_off : public server_under_attack {
 protected:
  const bytes whole =
      bootstrap_message(0) +
      call_message(
          1,
          [](auto call) {
            auto value =
                call.getParams().getContent().template getAs<Mirror::AnythingParams>().getValue();
            value.template setAs<capnp::Text>("a text");
          }) +
      finish_message(1) + finish_message(0);
};

TEST_F(a_conversation_cut_off, nowhere_goes_on) {
  EXPECT_EQ(attack(whole), outcome::connection_goes_on);
  EXPECT_EQ(answer_to(1), capnp::rpc::Return::RESULTS);
  expect_unharmed();
}

TEST_F(a_conversation_cut_off, at_any_byte_by_an_end_of_file_is_over) {
  for (std::size_t length = 0; length < whole.size(); ++length) {
    attack(whole.substr(0, length));
    expect_unharmed();
  }
}

TEST_F(a_conversation_cut_off, at_any_byte_by_the_death_of_the_domain_is_over) {
  for (std::size_t length = 0; length < whole.size(); ++length) {
    v4v::stream raw{*hostile_guest};
    raw.async_connect({1, port}, use_promise).wait(loop.wait_scope());
    if (length > 0) {
      asio::async_write(raw, asio::buffer(whole, length), use_promise).wait(loop.wait_scope());
    }
    kill_hostile_domain();
    expect_unharmed();
    revive_hostile_domain();
  }
}

}  // namespace
}  // namespace v4v::rpc::testing
