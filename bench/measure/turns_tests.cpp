#include "measure/turns.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace v4v::bench {
namespace {

using std::chrono::milliseconds;

bool never() { return false; }

void not_expected(const subject& of, const std::exception_ptr&) {
  ADD_FAILURE() << name_of(of) << " has failed";
}

/// A measurement of which each round takes that long, by its own word.
class a_run : public ::testing::Test {
 protected:
  measurement taking(double seconds) {
    return cost({"suite", "figure", {}, "column", "us"}, [=, this](std::size_t rounds) {
      made.push_back(rounds);
      return outcome{seconds * static_cast<double>(rounds)};
    });
  }

  settings how;
  std::vector<std::size_t> made;
};

TEST_F(a_run, makes_as_many_rounds_as_last_as_long_as_is_wanted) {
  how.least = milliseconds{100};
  how.repetitions = 3;
  plan p{how};
  p.add(taking(1e-3));
  take_turns(p, never, not_expected);
  ASSERT_GE(made.size(), 3);
  EXPECT_EQ(std::vector(made.end() - 3, made.end()), (std::vector<std::size_t>{100, 100, 100}));
}

TEST_F(a_run, makes_one_round_at_least_however_long_it_takes) {
  how.least = milliseconds{1};
  how.repetitions = 1;
  plan p{how};
  p.add(taking(10));
  take_turns(p, never, not_expected);
  EXPECT_EQ(made.back(), 1);
}

TEST_F(a_run, makes_as_many_rounds_as_it_is_told) {
  how.rounds = 7;
  how.repetitions = 2;
  plan p{how};
  p.add(taking(1));
  take_turns(p, never, not_expected);
  EXPECT_EQ(made, (std::vector<std::size_t>{7, 7}));
}

TEST_F(a_run, has_a_sample_of_each_turn) {
  how.repetitions = 4;
  plan p{how};
  p.add(taking(2e-6));
  const results r = take_turns(p, never, not_expected);
  const series* const s = r.find("suite", "figure", {}, "column");
  ASSERT_NE(s, nullptr);
  EXPECT_EQ(s->samples.size(), 4);
  EXPECT_DOUBLE_EQ(s->samples[0], 2);
}

TEST_F(a_run, ends_when_it_is_interrupted_with_what_is_there) {
  how.rounds = 1;
  how.repetitions = 100;
  plan p{how};
  p.add(taking(1));
  const results r = take_turns(
      p, [this] { return made.size() == 3; }, not_expected);
  EXPECT_EQ(r.all().front().samples.size(), 3);
}

TEST_F(a_run, goes_on_without_what_has_failed) {
  how.rounds = 1;
  how.repetitions = 3;
  plan p{how};
  p.add(value({"suite", "broken", {}, "column", "KiB"},
              [](std::size_t) -> outcome { throw std::runtime_error("broken"); }));
  p.add(taking(1));
  std::vector<std::string> failed;
  const results r = take_turns(p, never, [&](const subject& of, const std::exception_ptr&) {
    failed.push_back(name_of(of));
  });
  EXPECT_EQ(failed, (std::vector<std::string>{"suite, broken, column"}));
  ASSERT_EQ(r.all().size(), 1);
  EXPECT_EQ(r.all().front().samples.size(), 3);
}

}  // namespace
}  // namespace v4v::bench
