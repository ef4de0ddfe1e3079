#pragma once

#include <atomic>
#include <cstddef>
#include <optional>

#include <asio/execution_context.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include "v4v/detail/operation.hpp"

namespace v4v::detail {

/// Operations that are done and on their way through an io_context, of all of its guests.
class completions final : public asio::execution_context::service {
 public:
  using key_type = completions;
  static asio::execution_context::id id;

  explicit completions(asio::execution_context& context)
      : asio::execution_context::service(context), io_(static_cast<asio::io_context&>(context)) {}

  [[nodiscard]] static completions& of(asio::io_context& io) {
    return asio::use_service<completions>(io);
  }

 private:
  friend class completion_run;
  void shutdown() override {}

  asio::io_context& io_;
  std::atomic<std::size_t> under_way_{0};  // relaxed: only a thread's own ones are to be counted
};

/// The time in which a thread of the io_context hands operations that are done to their handlers.
///
/// What a handler begins is often done at once: a write that finds room, a read that finds bytes.
/// If so its own handler is called next in the same run, after the one that began it has returned,
/// and not by way of the io_context, which asks the system about all of its descriptors each time
/// round. That goes on for a number of turns; then others come first. To other threads of the
/// io_context it is as with asio::defer: they may take it when the handler has returned.
///
/// Where one thread runs the io_context, handlers are called in the order in which the operations
/// were done: what comes behind others that are on their way through the io_context goes that way,
/// too.
///
/// On the stack, one inside another at most.
class completion_run {
 public:
  explicit completion_run(completions& all) noexcept : all_(all), outer_(current_) {
    current_ = this;
  }
  /// Leaves to the io_context what has not had its turn.
  ~completion_run();
  completion_run(const completion_run&) = delete;
  completion_run& operator=(const completion_run&) = delete;

  /// Ends operations: in the run that is under way on this thread, if there is one; else the
  /// io_context begins one. Calls no handler on the spot. A thread that waits for one is woken.
  static void end(completions& all, operation_queue& done);

  /// Ends operations, and those that their handlers begin and that are done at once, as far as
  /// there are turns left. Handlers run on the spot; if one throws, or stops the io_context, the
  /// others come later.
  void hand_over(operation_queue& done);

  [[nodiscard]] bool has_turns_left() const noexcept { return turns_ != 0; }

  /// That operations will be ended: until then io_context::run() does not return in other threads,
  /// though the guest may have nothing else for it. In a run that is under way it needs none.
  class promise {
   public:
    void make(completions& all) {
      if (current_ == nullptr || &current_->all_ != &all) work_.emplace(all.io_.get_executor());
    }

   private:
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_;
  };

  /// While it lives the thread waits inside of a handler: other threads, if any, do the rest.
  class pause {
   public:
    pause();
    ~pause() { current_ = paused_; }
    pause(const pause&) = delete;
    pause& operator=(const pause&) = delete;

   private:
    completion_run* const paused_;
  };

 private:
  struct carried;
  static void post(completions& all, operation& op);
  void dispatch_next();
  void dispatch_rest();
  void post_rest();

  static thread_local completion_run* current_;

  completions& all_;
  completion_run* const outer_;
  operation_queue ready_;
  int turns_ = 16;
};

}  // namespace v4v::detail
