#pragma once

#include <algorithm>
#include <chrono>

#include "v4v/busy_poll.hpp"

namespace v4v::detail {

/// How long to look before sleeping, learnt from how long events took to come; as KVM does for
/// virtual processors that halt.
class poll_time {
 public:
  using clock = std::chrono::steady_clock;
  using duration = busy_poll::duration;

  explicit poll_time(const busy_poll& wanted) noexcept
      : wanted_(wanted), now_(wanted.adapts() ? duration{0} : wanted.longest()) {}

  [[nodiscard]] duration length() const noexcept { return now_; }

  /// An event came, `now`, after the guest had nothing to do for `waited`.
  void learn(duration waited, clock::time_point now) noexcept {
    if (!wanted_.adapts() || waited <= now_ || now < crowded_until_) return;
    // Waking up takes as long as one may look at most, on both sides: an event that came within a
    // few times that would have been seen by looking, had the other looked, too.
    if (waited > 4 * wanted_.longest()) {
      now_ = duration{0};
    } else {
      now_ = std::min(std::max(2 * now_, first), wanted_.longest());
    }
  }

  /// While it looked it offered its processor to others, and was away for so long. If they have
  /// work of their own, who sleeps is woken sooner than who looks gets its next turn.
  void was_away(duration away, clock::time_point now) noexcept {
    if (!wanted_.adapts() || away < long_away) return;
    now_ = duration{0};
    crowded_until_ = now + std::chrono::milliseconds{50};
  }

 private:
  static constexpr duration first = std::chrono::microseconds{10};
  static constexpr duration long_away = std::chrono::microseconds{200};

  busy_poll wanted_;
  duration now_;
  clock::time_point crowded_until_;
};

}  // namespace v4v::detail
