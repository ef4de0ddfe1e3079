#include "back_off_sequence.hpp"

#include <kj/debug.h>

#include <utility>

namespace v4v::rpc {

back_off_sequence::back_off_sequence(const back_off& options, unsigned seed)
    : options_{options}, wait_{options.first}, random_{seed} {
  KJ_REQUIRE(options.first.count() > 0 && options.first <= options.longest,
             "a back-off begins above 0 and grows", options.first.count(), options.longest.count());
  KJ_REQUIRE(options.jitter >= 0 && options.jitter <= 1, "jitter is a part of the wait",
             options.jitter);
}

std::chrono::nanoseconds back_off_sequence::next() {
  const auto longer = wait_ > options_.longest / 2 ? options_.longest : wait_ * 2;
  const auto wait = std::exchange(wait_, longer);
  const double part = options_.jitter * std::uniform_real_distribution<>{}(random_);
  return wait - std::chrono::nanoseconds{
                    static_cast<std::int64_t>(static_cast<double>(wait.count()) * part)};
}

}  // namespace v4v::rpc
