#pragma once

#include <asio/io_context.hpp>

#include "v4v/detail/operation.hpp"

namespace v4v::detail {

/// The time in which a thread of the io_context hands operations that are done to their handlers.
///
/// What a handler begins is often done at once: a write that finds room, a read that finds bytes.
/// If so its own handler is called next in the same run, after the one that began it has returned,
/// and not by way of the io_context, which asks the system about all of its descriptors each time
/// round. That goes on for a number of turns; then others come first. To other threads of the
/// io_context it is as with asio::defer: they may take it when the handler has returned.
///
/// On the stack, one inside another at most.
class completion_run {
 public:
  explicit completion_run(asio::io_context& io) noexcept : io_(io), outer_(current_) {
    current_ = this;
  }
  /// Leaves to the io_context what has not had its turn.
  ~completion_run();
  completion_run(const completion_run&) = delete;
  completion_run& operator=(const completion_run&) = delete;

  /// Ends operations: in the run that is under way on this thread, if there is one; else the
  /// io_context begins one. Calls no handler on the spot. A thread that waits for one is woken.
  static void end(asio::io_context& io, operation_queue& done);

  /// Ends operations, and those that their handlers begin and that are done at once, as far as
  /// there are turns left. Handlers run on the spot; if one throws, the others come later.
  void hand_over(operation_queue& done);

  [[nodiscard]] bool has_turns_left() const noexcept { return turns_ != 0; }

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
  static void post(asio::io_context& io, operation& op);
  void post_rest();

  static thread_local completion_run* current_;

  asio::io_context& io_;
  completion_run* const outer_;
  operation_queue ready_;
  int turns_ = 16;
};

}  // namespace v4v::detail
