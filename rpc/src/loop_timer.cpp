#include "loop_timer.hpp"

#include <asio/defer.hpp>
#include <chrono>

namespace v4v::rpc {
namespace {

using clock = std::chrono::steady_clock;

kj::TimePoint present() {
  const auto since = std::chrono::nanoseconds{clock::now().time_since_epoch()};
  return kj::origin<kj::TimePoint>() + since.count() * kj::NANOSECONDS;
}

clock::time_point to_asio(kj::TimePoint time) {
  const std::int64_t since = (time - kj::origin<kj::TimePoint>()) / kj::NANOSECONDS;
  return clock::time_point{std::chrono::nanoseconds{since}};
}

}  // namespace

loop_timer::loop_timer(asio::io_context& io) : wake_up_{io}, deadlines_{present()} {}

loop_timer::~loop_timer() { *self_ = nullptr; }

kj::TimePoint loop_timer::now() const { return present(); }

kj::Promise<void> loop_timer::afterDelay(kj::Duration delay) { return atTime(present() + delay); }

kj::Promise<void> loop_timer::atTime(kj::TimePoint time) {
  auto promise = deadlines_.atTime(time);
  set_for_earliest();
  return promise.attach(kj::defer([self = self_] {
    if (*self) (*self)->deadline_gone();
  }));
}

void loop_timer::set_for_earliest() {
  KJ_IF_MAYBE (earliest, deadlines_.nextEvent()) {
    KJ_IF_MAYBE (already, set_for_) {
      if (*already <= *earliest) return;
    }
    set_for_ = *earliest;
    wake_up_.expires_at(to_asio(*earliest));
    wake_up_.async_wait([self = self_](const std::error_code& error) {
      if (!error && *self) (*self)->expired();
    });
  }
}

void loop_timer::expired() {
  set_for_ = nullptr;
  deadlines_.advanceTo(present());
  set_for_earliest();
}

// Deferred, since whoever drops the last timeout often sets the next one right away.
void loop_timer::deadline_gone() {
  if (checking_ || set_for_ == nullptr || deadlines_.nextEvent() != nullptr) return;
  checking_ = true;
  asio::defer(wake_up_.get_executor(), [self = self_] {
    if (*self) (*self)->cancel_if_unused();
  });
}

void loop_timer::cancel_if_unused() {
  checking_ = false;
  if (deadlines_.nextEvent() != nullptr) return;
  set_for_ = nullptr;
  wake_up_.cancel();
}

}  // namespace v4v::rpc
