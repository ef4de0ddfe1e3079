#pragma once

#include <chrono>
#include <thread>

namespace v4v {

/// How long a guest looks for events from within its io_context before it sleeps in it. While it
/// looks, its events are masked: who sends to it makes no system call, and it need not be woken,
/// which takes some 25 to 50 us on a virtual machine. The price is the processor's time.
///
/// The looking is done in handlers of the io_context, a few microseconds each, so what else runs in
/// it goes on. It ends when no operation of the guest waits.
///
/// A small value. Thread safety: as an int's.
class busy_poll {
 public:
  using duration = std::chrono::nanoseconds;

  /// For so long after the last event, always. 0 is off.
  constexpr explicit busy_poll(duration time) noexcept : longest_(time) {}

  /// Sleeps at once.
  [[nodiscard]] static constexpr busy_poll off() noexcept { return busy_poll{duration{0}}; }

  /// As long as it pays off, up to `longest`: the time grows when events come soon after the guest
  /// went to sleep, and is 0 again when one takes long to come. So two guests that talk to each
  /// other all the time do not sleep, and an idle one costs nothing.
  [[nodiscard]] static constexpr busy_poll adaptive(duration longest = std::chrono::microseconds{
                                                        50}) noexcept {
    busy_poll p{longest};
    p.adapts_ = true;
    return p;
  }

  /// adaptive() where there is more than one processor; else off(), for who looks would keep from
  /// running who is to send.
  [[nodiscard]] static busy_poll automatic() noexcept {
    return std::thread::hardware_concurrency() > 1 ? adaptive() : off();
  }

  [[nodiscard]] constexpr duration longest() const noexcept { return longest_; }
  [[nodiscard]] constexpr bool adapts() const noexcept { return adapts_; }

 private:
  duration longest_;
  bool adapts_ = false;
};

}  // namespace v4v
