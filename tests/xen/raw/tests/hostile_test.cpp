#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "answers.hpp"
#include "battlefield.hpp"
#include "commands.hpp"
#include "disturber.hpp"
#include "emulated.hpp"
#include "expect.hpp"
#include "hostile_calls.hpp"
#include "ring.hpp"
#include "unreachable.hpp"

namespace v4v::raw::testing {
namespace {

class hostile : public ::testing::Test {
 protected:
  [[nodiscard]] domain here() { return this_domain(hv, emulated::number); }

  emulated hv;
};

bool in(std::span<const std::byte> memory, std::uint64_t at) {
  return at >= address(memory.data()) && at - address(memory.data()) < memory.size();
}

// Pages at most, with nothing between.
bool touches(std::span<const std::byte> memory, std::uint64_t at, std::uint64_t size) {
  return at < address(memory.data()) + memory.size() && at + size > address(memory.data());
}

bool is_unreachable(std::uint64_t at) {
  for (const auto& u : unreachable_pages) {
    if (at - u.at < V4V_PAGE_SIZE) return true;
  }
  return false;
}

class hostile_calls_made_up : public hostile {
 protected:
  // So many that whatever is made up now and then is made up.
  template <class F>
  void for_each(const F& check) {
    hostile_calls calls(field, here().limits, false, 11);
    const disturber meanwhile(field, 12);
    for (int i = 0; i < 200000; ++i)
      check(calls.next());
  }
  battlefield field{here(), 7};
};

TEST_F(hostile_calls_made_up, name_no_frames_but_of_the_arena_or_of_nobody) {
  const auto lists = field.lists.bytes();
  for_each([&](const hostile_call& c) {
    const auto op = c.op & 0xffffffff;
    if (op != V4V_OP_register_ring && op != V4V_OP_activity) return;
    if (op == V4V_OP_activity && c.arguments[0] == 0) return;
    const std::uint64_t at = c.arguments[1];
    if (in(lists, at)) {
      ASSERT_EQ(at % 8, 0u) << "half of one number and half of another";
    } else {
      // Nothing is there, so nothing is read.
      const auto arena = field.arena.bytes();
      const bool beside_the_arena = at >= address(arena.data()) - V4V_PAGE_SIZE && !in(arena, at) &&
                                    at < address(arena.data()) + arena.size() + V4V_PAGE_SIZE;
      ASSERT_TRUE(beside_the_arena || is_unreachable(at)) << std::hex << at;
    }
  });
  for (const std::uint64_t frame : field.frame_words())
    ASSERT_TRUE(field.is_allowed_frame(frame)) << std::hex << frame;
}

TEST_F(hostile_calls_made_up, have_no_results_written_over_frame_numbers) {
  for_each([&](const hostile_call& c) {
    const auto op = c.op & 0xffffffff;
    // The most that is written from an address on: the answers to max_notify questions.
    if (op != V4V_OP_notify && op != V4V_OP_info) return;
    ASSERT_FALSE(touches(field.lists.bytes(), c.arguments[0], 8 * V4V_PAGE_SIZE));
  });
}

TEST_F(hostile_calls_made_up, have_results_written_to_the_arena_or_where_nothing_can_be_written) {
  const auto arena = field.arena.bytes();
  for_each([&](const hostile_call& c) {
    const auto op = c.op & 0xffffffff;
    if (op != V4V_OP_notify && op != V4V_OP_info) return;
    const std::uint64_t at = c.arguments[0];
    const bool around_the_arena = at >= address(arena.data()) - V4V_PAGE_SIZE &&
                                  at < address(arena.data()) + arena.size() + V4V_PAGE_SIZE;
    const bool read_only = at - address(field.read_only()) < V4V_PAGE_SIZE;
    ASSERT_TRUE(around_the_arena || read_only || is_unreachable(at)) << std::hex << at;
  });
}

TEST_F(hostile_calls_made_up, register_rings_of_known_ports_and_partners_alone) {
  for_each([&](const hostile_call& c) {
    if ((c.op & 0xffffffff) != V4V_OP_register_ring) return;
    const std::uint64_t at = c.arguments[0];
    if (!in(field.arena.bytes(), at) || at % V4V_PAGE_SIZE != 0) return;
    const auto& id = reinterpret_cast<const v4v_ring*>(at)->id;
    ASSERT_NE(std::find(std::begin(battlefield::ports), std::end(battlefield::ports), id.addr.port),
              std::end(battlefield::ports));
    ASSERT_NE(std::find(field.partners().begin(), field.partners().end(), id.partner),
              field.partners().end());
  });
}

TEST_F(hostile_calls_made_up, of_a_privileged_domain_leave_rules_and_limits_alone) {
  hostile_calls calls(field, here().limits, true, 13);
  for (int i = 0; i < 200000; ++i) {
    const auto op = calls.next().op & 0xffffffff;
    ASSERT_FALSE(op >= V4V_OP_tables_add && op <= V4V_OP_config);
  }
}

TEST_F(hostile, calls_have_results_of_the_contract_and_leave_nothing) {
  be_hostile(here(), {.seconds = 30, .calls = 40000, .seed = 1, .other = 7});
}

TEST_F(hostile, calls_of_a_privileged_domain_too) {
  emulated control(true);
  be_hostile(this_domain(control, emulated::number), {.seconds = 30, .calls = 5000, .seed = 2});
}

TEST_F(hostile, a_result_that_is_not_of_the_contract_is_found_and_everything_taken_back) {
  hv.answer(V4V_OP_notify, 500, -EPERM);
  try {
    be_hostile(here(), {.seconds = 30, .calls = 40000, .seed = 3});
    FAIL();
  } catch (const unexpected& e) {
    EXPECT_NE(std::string_view(e.what()).find("notify"), std::string_view::npos) << e.what();
    EXPECT_TRUE(std::string_view(e.what()).ends_with("the result is EPERM")) << e.what();
  }
  EXPECT_EQ(hv.pinned(), 0);
}

TEST_F(hostile, all_else_is_taken_back_when_something_is_not) {
  // The same calls come of a seed, and the last one of activity takes the page back.
  const hostility how{.seconds = 30, .calls = 300, .seed = 6};
  emulated before;
  be_hostile(this_domain(before, emulated::number), how);
  hv.answer(V4V_OP_activity, before.calls_of(V4V_OP_activity), -EINVAL);
  try {
    be_hostile(here(), how);
    FAIL();
  } catch (const unexpected& e) {
    EXPECT_STREQ(e.what(), "the activity page is taken back: the result is EINVAL");
  }
  ASSERT_EQ(hv.call(V4V_OP_activity), 0);
  EXPECT_EQ(hv.pinned(), 0);
}

TEST_F(hostile, a_ring_that_is_left_is_found) {
  memory in(hv, 1);
  ring forgotten(hv, in, 0, 12345, V4V_DOMAIN_ANY, 256);
  ASSERT_EQ(forgotten.enter(), 0);
  EXPECT_THROW(be_hostile(here(), {.seconds = 30, .calls = 10, .seed = 4}), unexpected);
}

TEST(hostile_answers, are_the_errors_that_the_contract_names) {
  EXPECT_TRUE(is_named(V4V_OP_sendv, 12));
  EXPECT_FALSE(is_named(V4V_OP_sendv, -EINVAL));
  EXPECT_FALSE(is_named(V4V_OP_register_ring, 1));
  EXPECT_FALSE(is_named(V4V_OP_config, 0));
  EXPECT_TRUE(is_named(std::uint64_t{1} << 32 | V4V_OP_info, -ENOSYS));
  EXPECT_FALSE(is_named(3, 0));
}

}  // namespace
}  // namespace v4v::raw::testing
