#include "fuzz/expectation.hpp"

#include <algorithm>
#include <utility>

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

void expectation::must_be_marked(life& whose, std::uint32_t slot) {
  if (whose.activity == nullptr) return;
  std::byte* const byte = whose.activity + slot / 8;
  body& b = *w.owner_of(byte);
  b.expect(byte, b.expected<std::byte>(byte) | std::byte{1} << slot % 8);
  b.compare(byte, 1, "the activity bit is not set");
}

void expectation::unlocking_rings_of(life& whose) {
  if (std::exchange(in_own_rings, false)) return;
  const auto found = std::find_if(notices.begin(), notices.end(),
                                  [&](const notice_of& n) { return n.life == whose.number; });
  if (found == notices.end()) return;
  must_be_marked(whose, found->slot);
  notices.erase(found);
}

void expectation::signalled(life& who) {
  told.insert(who.number);
  const auto to_come = std::count_if(notices.begin(), notices.end(),
                                     [&](const notice_of& n) { return n.life == who.number; });
  const auto all = std::count(to_tell.begin(), to_tell.end(), who.number);
  require(to_come == 0 || to_come < all, "an event comes before its bit", who.id);
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
