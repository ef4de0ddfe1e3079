#pragma once

#include <kj/timer.h>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <memory>

namespace v4v::rpc {

/// A kj::Timer of any number of deadlines on one Asio timer, which is set for the earliest of them.
///
/// It is set again at once for an earlier deadline, and cancelled when no deadline is left, so that
/// it keeps io.run() from returning only as long as somebody waits. When the earliest deadline is
/// dropped and later ones remain it stays as it is, fires early, and is then set for the next: most
/// timeouts are dropped unused, and setting a timer may be a system call.
class loop_timer final : public kj::Timer {
 public:
  explicit loop_timer(asio::io_context& io);
  ~loop_timer();
  loop_timer(const loop_timer&) = delete;
  loop_timer& operator=(const loop_timer&) = delete;

  kj::TimePoint now() const override;
  kj::Promise<void> atTime(kj::TimePoint time) override;
  kj::Promise<void> afterDelay(kj::Duration delay) override;

 private:
  void set_for_earliest();
  void expired();
  void deadline_gone();
  void cancel_if_unused();

  asio::steady_timer wake_up_;
  kj::Maybe<kj::TimePoint> set_for_;
  bool checking_ = false;
  // What handlers and promises hold instead of `this`: they may outlive the timer.
  const std::shared_ptr<loop_timer*> self_ = std::make_shared<loop_timer*>(this);
  kj::TimerImpl deadlines_;
};

}  // namespace v4v::rpc
