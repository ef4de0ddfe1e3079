#pragma once

#include <cstddef>
#include <mutex>
#include <optional>

#include <asio/execution_context.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include "v4v/detail/operation.hpp"

namespace v4v::detail {

/// Operations of all guests of an io_context that are done and whose handlers are still to be
/// called, in the order in which they were done.
///
/// For each there is at least one permit on its way through the io_context, which calls the first
/// of them; so any thread that runs the io_context comes to it, as with asio::post. What somebody
/// else has called meanwhile leaves a permit over, which serves for the next one, or for nothing.
class completions final : public asio::execution_context::service {
 public:
  using key_type = completions;
  static asio::execution_context::id id;

  explicit completions(asio::execution_context& context)
      : asio::execution_context::service(context), io_(static_cast<asio::io_context&>(context)) {}

  [[nodiscard]] static completions& of(asio::io_context& io) {
    return asio::use_service<completions>(io);
  }

  /// Takes operations that are done. Calls no handler on the spot. A thread that waits for one is
  /// woken.
  void end(operation_queue& done);

  /// That operations will be ended: until then io_context::run() does not return in other threads,
  /// though the guest may have nothing else for it.
  class promise {
   public:
    void make(completions& all) {
      const auto executor = all.io_.get_executor();
      if (!executor.running_in_this_thread()) work_.emplace(executor);
    }

   private:
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_;
  };

 private:
  friend class completion_run;
  struct permit;

  void shutdown() override;
  operation* add_and_take(operation_queue& done, bool take);

  asio::io_context& io_;
  std::mutex mutex_;
  operation_queue ready_;
  std::size_t ready_count_ = 0;
  std::size_t permits_ = 0;  // never fewer than are ready
};

/// The time in which a thread of the io_context hands operations that are done to their handlers.
///
/// What a handler begins is often done at once: a write that finds room, a read that finds bytes.
/// If so its own handler is called next in the same run, after the one that began it has returned,
/// and not by way of the io_context, which asks the system about all of its descriptors each time
/// round. That goes on for a number of turns; then others come first.
class completion_run {
 public:
  explicit completion_run(completions& all) noexcept : all_(all) {}
  completion_run(const completion_run&) = delete;
  completion_run& operator=(const completion_run&) = delete;

  /// Ends operations, and those that their handlers begin and that are done at once, as far as
  /// there are turns left. Handlers run on the spot; if one throws, or stops the io_context, the
  /// others come later.
  void hand_over(operation_queue& done);

  [[nodiscard]] bool has_turns_left() const noexcept { return turns_ != 0; }

 private:
  friend struct completions::permit;
  void hand_over_from(operation* first);

  completions& all_;
  int turns_ = 16;
};

}  // namespace v4v::detail
