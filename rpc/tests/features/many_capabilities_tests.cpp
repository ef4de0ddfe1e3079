// Thousands of objects at once, and nothing of them afterwards.

#include <malloc.h>
#include <vector>

#include "factory.hpp"
#include "one_thread.hpp"

namespace v4v::rpc::testing {
namespace {

constexpr std::uint32_t objects = sanitized ? 2'000 : 10'000;

class many_capabilities : public one_thread {
 protected:
  many_capabilities() { connect(kj::heap<factory>(counts)); }

  std::vector<Counted::Client> make(std::uint32_t count) {
    auto request = client->bootstrap<Factory>().makeRequest();
    request.setCount(count);
    const auto response = request.send().wait(loop.wait_scope());
    std::vector<Counted::Client> made;
    for (auto each : response.getCounted())
      made.emplace_back(each);
    return made;
  }

  std::uint32_t number_of(Counted::Client& each) {
    return each.numberRequest().send().wait(loop.wait_scope()).getNumber();
  }

  factory_counts counts;
};

TEST_F(many_capabilities, are_each_their_own_object) {
  auto made = make(objects);
  ASSERT_EQ(made.size(), objects);
  EXPECT_EQ(counts.alive, objects);
  for (std::uint32_t i = 0; i < objects; i += 501)
    EXPECT_EQ(number_of(made[i]), i);
}

TEST_F(many_capabilities, are_destroyed_one_by_one_as_they_are_released) {
  auto made = make(objects);
  while (made.size() > objects / 2)
    made.pop_back();
  until([&] { return counts.alive == objects / 2; });
  EXPECT_EQ(number_of(made.back()), objects / 2 - 1) << "those that are kept still answer";
  made.clear();
  until([&] { return counts.alive == 0; });
}

TEST_F(many_capabilities, are_destroyed_when_the_client_leaves) {
  auto made = make(objects);
  client.reset();
  until([&] { return counts.alive == 0; });
}

TEST_F(many_capabilities, leave_no_memory_behind_when_they_are_made_and_released_again_and_again) {
  std::size_t warm = 0;
  for (int round = 0; round < 6; ++round) {
    make(objects);
    until([&] { return counts.alive == 0; });
    until_idle();
    if (round == 2) warm = mallinfo2().uordblks;
  }
  EXPECT_EQ(counts.made, 6 * objects);
  if (!sanitized) {  // whose allocators mallinfo2() does not know
    EXPECT_LT(mallinfo2().uordblks, warm + 64 * 1024);
  }
}

}  // namespace
}  // namespace v4v::rpc::testing
