#include "fuzz/expectation.hpp"

#include <algorithm>

namespace v4v::hv::fuzz {
namespace {

class unknown_operation final : public expectation {
 public:
  using expectation::expectation;

 private:
  long undecided() override { return error::no_operation; }
};

}  // namespace

void expectation::reads(std::uint64_t at, std::span<const std::byte> bytes) {
  // Two arguments at one address are two things to read; frame numbers come in pieces of 512 bytes.
  const bool overlapping = c.arg2 != 0 && (c.arg1 - c.arg2) % 512 == 0;
  const std::pair<std::uint64_t, std::size_t> now{at, bytes.size()};
  require(overlapping || std::find(were_read.begin(), were_read.end(), now) == were_read.end(),
          "a value is read twice", static_cast<long long>(at));
  were_read.push_back(now);
  read(bytes);
}

void expectation::ends(long result) {
  if (result == error::restart) {
    require(may_restart, "a call wants to go on though nobody asked it to yield");
    require(!answer || *answer == 0, "a call goes on that has failed", *answer);
  } else {
    const long expected = answer ? *answer : undecided();
    require(result == expected, "another answer than expected", result, expected);
  }
  for (const std::uint64_t number : to_tell) {
    const auto who = std::find_if(w.lives.begin(), w.lives.end(),
                                  [&](const life& l) { return l.number == number; });
    if (who == w.lives.end() || !who->listed) continue;
    require(told.contains(number), "an event is missing", who->id);
  }
  finished(result);
}

std::unique_ptr<expectation> expect_call(world& in, life& by, const hv::call& made) {
  switch (made.op) {
    case 1:
      return expect_register(in, by, made);
    case 2:
      return expect_unregister(in, by, made);
    case 4:
      return expect_notify(in, by, made);
    case 5:
      return expect_send(in, by, made);
    case 6:
      return expect_info(in, by, made);
    case 7:
    case 8:
    case 9:
    case 10:
      return expect_administration(in, by, made);
    case 11:
      return expect_activity(in, by, made);
    default:
      return std::make_unique<unknown_operation>(in, by, made);
  }
}

}  // namespace v4v::hv::fuzz
