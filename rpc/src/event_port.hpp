#pragma once

#include <kj/async.h>
#include <kj/function.h>

#include <asio/io_context.hpp>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "segment_pool.hpp"

namespace v4v::rpc {

/// Something to be done when KJ's loop has run all that was armed, and before the thread looks for
/// what comes from outside: what has gathered meanwhile is then handled together.
class deferred_work {
 public:
  virtual void run_deferred() noexcept = 0;

 protected:
  ~deferred_work() = default;

 private:
  friend class event_port;
  bool is_due_ = false;
};

/// Drives a kj::EventLoop from an io_context.
///
/// KJ's loop is in one of four states, and this port is called in each of them:
///  - idle. An event becomes armed: KJ says setRunnable(true) and one task is posted to the
///    io_context. Nothing runs inside that call, which is made from deep inside of KJ.
///  - resolving: an Asio handler resolves promises, and a turn follows in the same handler.
///  - turning: the posted task runs WaitScope::poll(), until no event is armed any more.
///  - waiting: promise.wait() or poll() runs events, and this port runs the io_context for it. A
///    task that comes up then does nothing, or the loop would be entered twice.
///
/// The rule that keeps events from being forgotten: whenever the loop is left with events armed, a
/// task is posted. KJ alone does not see to that. It calls setRunnable() on transitions only, and
/// after a WaitScope::poll() it still believes in the last one, an empty queue or not.
class event_port final : public kj::EventPort {
 public:
  explicit event_port(asio::io_context& io);
  ~event_port() noexcept;
  event_port(const event_port&) = delete;
  event_port& operator=(const event_port&) = delete;

  [[nodiscard]] asio::io_context& context() const noexcept { return io_; }
  [[nodiscard]] kj::EventLoop& loop() noexcept { return loop_; }
  [[nodiscard]] kj::WaitScope& scope() noexcept { return scope_; }

  // Not to be left by an exception: KJ would leave the promise that is waited for with a pointer
  // into the stack.
  bool wait() noexcept override;
  bool poll() noexcept override;
  void setRunnable(bool runnable) override;
  void wake() const override;

  /// To be called by an Asio handler in the loop's thread: calls `resolve`, which resolves
  /// promises, and runs what waited for them, without a way through the io_context in between.
  void resolve_and_turn(kj::FunctionParam<void()> resolve);

  /// Memory for the messages of all connections in this loop.
  [[nodiscard]] const std::shared_ptr<segment_pool>& segments() const noexcept { return segments_; }

  /// Has `work` run once, when the loop has nothing else to do. It may be taken back.
  void defer(deferred_work& work);
  void take_back(deferred_work& work) noexcept;

 private:
  enum class state { idle, resolving, turning, waiting };
  class in_state;

  void post_turn();
  void turn();
  void run_deferred() noexcept;
  void require_own_thread() const;
  bool take_wake() noexcept;

  asio::io_context& io_;
  const std::thread::id thread_ = std::this_thread::get_id();
  state state_ = state::idle;
  bool posted_ = false;
  std::vector<deferred_work*> deferred_;
  const std::shared_ptr<segment_pool> segments_ = std::make_shared<segment_pool>();
  mutable std::atomic<bool> woken_{false};
  // What posted tasks hold instead of `this`: they may outlive the port. Null once it is gone.
  const std::shared_ptr<event_port*> self_ = std::make_shared<event_port*>(this);
  kj::EventLoop loop_{*this};
  kj::WaitScope scope_{loop_};
};

}  // namespace v4v::rpc
