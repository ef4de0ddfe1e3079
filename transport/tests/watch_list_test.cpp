#include "watch_list.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace v4v::detail {
namespace {

struct counting final : receiver {
  int looks = 0;
  void receive(section&) override { ++looks; }
};

class a_watch_list : public testing::Test {
 protected:
  struct ring {
    static constexpr std::uint32_t len = 64;

    explicit ring(watch_list::slot s) : slot(s) { memory.header.len = len; }

    void read_all() {
      ring_message message;
      while (reader.peek(message) == ring_reader::state::message)
        reader.pop();
    }

    const watch_list::slot slot;
    std::shared_ptr<counting> who = std::make_shared<counting>();
    struct {
      v4v_ring header{};
      std::byte data[len]{};
    } memory;
    ring_reader reader{memory.header, len};
  };

  ring& add() {
    rings.push_back(std::make_unique<ring>(list.add()));
    list.set(rings.back()->slot, rings.back()->who, rings.back()->reader);
    return *rings.back();
  }
  // As the hypervisor does: a message without a payload.
  void arrives(ring& r) {
    std::uint32_t& tx = r.memory.header.tx_ptr;
    const v4v_message_header header{sizeof header, 0, {}};
    std::memcpy(r.memory.data + tx, &header, sizeof header);
    tx = (tx + sizeof header) % ring::len;
    set(list.in_header(r.slot) - 1);
  }
  void set(std::uint32_t bit) { page[bit / 64] |= std::uint64_t{1} << bit % 64; }
  watch_list::news visit() {
    return list.visit([](receiver& r) { ++static_cast<counting&>(r).looks; });
  }
  void visit_recent() {
    list.visit_recent([](receiver& r) { ++static_cast<counting&>(r).looks; });
  }

  std::vector<std::uint64_t> page = std::vector<std::uint64_t>(4);
  std::vector<std::unique_ptr<ring>> rings;
  watch_list list{page};
};

TEST_F(a_watch_list, leads_to_the_rings_with_messages_alone) {
  for (int i = 0; i < 100; ++i)
    add();
  EXPECT_FALSE(list.page_tells());
  arrives(*rings[3]);
  arrives(*rings[80]);
  EXPECT_TRUE(list.page_tells());
  const auto news = visit();
  EXPECT_FALSE(news.room);
  EXPECT_FALSE(news.gone);
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(rings[static_cast<std::size_t>(i)]->who->looks, i == 3 || i == 80 ? 1 : 0);
  EXPECT_FALSE(list.page_tells());
}

TEST_F(a_watch_list, keeps_what_is_about_no_ring_apart) {
  add();
  set(V4V_ACTIVITY_ROOM);
  EXPECT_TRUE(list.page_tells());
  auto news = visit();
  EXPECT_TRUE(news.room);
  EXPECT_FALSE(news.gone);
  set(V4V_ACTIVITY_GONE);
  news = visit();
  EXPECT_FALSE(news.room);
  EXPECT_TRUE(news.gone);
  EXPECT_EQ(rings[0]->who->looks, 0);
}

TEST_F(a_watch_list, gives_the_slot_of_a_ring_that_went_to_another) {
  const auto slot = add().slot;
  arrives(*rings[0]);
  visit();
  list.remove(slot);
  set(slot);
  visit();
  EXPECT_EQ(rings[0]->who->looks, 1) << "nobody is there";
  EXPECT_FALSE(list.recent_have_more()) << "its memory may be gone";
  EXPECT_EQ(add().slot, slot);
  arrives(*rings[1]);
  visit();
  EXPECT_EQ(rings[1]->who->looks, 1);
}

TEST_F(a_watch_list, sees_the_next_message_of_a_recent_ring_without_its_bit) {
  ring& busy = add();
  ring& other = add();
  arrives(busy);
  visit();
  EXPECT_FALSE(list.recent_have_more());
  arrives(busy);
  EXPECT_TRUE(list.recent_have_more());
  EXPECT_FALSE(list.page_tells()) << "of nothing else";
  visit_recent();
  EXPECT_EQ(busy.who->looks, 2);
  EXPECT_FALSE(list.recent_have_more());
  arrives(other);
  EXPECT_TRUE(list.page_tells());
  visit();
  EXPECT_EQ(other.who->looks, 1);
  EXPECT_EQ(busy.who->looks, 3) << "its bit was still set";
}

TEST_F(a_watch_list, sees_a_message_though_tx_ptr_is_where_it_was_at_the_last_look) {
  ring& busy = add();
  arrives(busy);
  visit();
  const std::uint32_t then = busy.memory.header.tx_ptr;
  do {
    busy.read_all();  // in a handler, without a look
    EXPECT_FALSE(list.recent_have_more());
    arrives(busy);
    EXPECT_TRUE(list.recent_have_more());
  } while (busy.memory.header.tx_ptr != then);
}

TEST_F(a_watch_list, does_not_come_back_for_a_message_that_nobody_takes) {
  ring& left_alone = add();
  arrives(left_alone);
  visit();
  EXPECT_FALSE(list.recent_have_more());
  EXPECT_FALSE(list.page_tells());
}

TEST_F(a_watch_list, forgets_the_oldest_of_many_recent_rings_and_still_sees_them_by_their_bits) {
  for (int i = 0; i < 10; ++i)
    arrives(add());
  visit();
  for (const auto& r : rings)
    arrives(*r);
  EXPECT_TRUE(list.recent_have_more());
  visit_recent();
  EXPECT_TRUE(list.page_tells());
  visit();
  for (const auto& r : rings)
    EXPECT_GE(r->who->looks, 2);
}

TEST_F(a_watch_list, looks_each_time_at_rings_beyond_the_page) {
  for (std::size_t i = 0; i < page.size() * 64; ++i)
    add();
  EXPECT_FALSE(list.page_tells_all());
  EXPECT_EQ(list.in_header(rings.back()->slot), 0u);
  visit();
  visit();
  EXPECT_EQ(rings.front()->who->looks, 0);
  EXPECT_EQ(rings.back()->who->looks, 2);
  list.remove(rings.back()->slot);
  visit();
  EXPECT_EQ(rings.back()->who->looks, 2);
}

TEST_F(a_watch_list, without_a_page_looks_at_all_and_knows_nothing) {
  watch_list bare{{}};
  ring one(bare.add());
  bare.set(one.slot, one.who, one.reader);
  EXPECT_EQ(bare.in_header(one.slot), 0u);
  EXPECT_FALSE(bare.page_tells_all());
  const auto news = bare.visit([](receiver& r) { ++static_cast<counting&>(r).looks; });
  EXPECT_TRUE(news.room);
  EXPECT_TRUE(news.gone);
  EXPECT_EQ(one.who->looks, 1);
}

TEST_F(a_watch_list, may_change_while_it_is_visited) {
  for (int i = 0; i < 60; ++i)
    arrives(add());
  int looks = 0;
  list.visit([&](receiver&) {
    if (++looks > 40) return;
    list.remove(rings[static_cast<std::size_t>(59 - looks)]->slot);
    add();
  });
  EXPECT_GE(looks, 30);
}

}  // namespace
}  // namespace v4v::detail
