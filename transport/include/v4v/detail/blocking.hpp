#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <system_error>
#include <tuple>
#include <utility>

#include "v4v/detail/operation.hpp"

namespace v4v::detail {

class guest_core;

/// How a thread that blocks in an operation is told that it is over: by whoever completes it.
class wake_up {
 public:
  wake_up();  ///< Throws std::system_error if there is no descriptor to be had.
  ~wake_up();
  wake_up(const wake_up&) = delete;
  wake_up& operator=(const wake_up&) = delete;

  /// Readable once wake() was called.
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  void wake() noexcept;

  /// Acquire, with the release of wake(): the results are there.
  [[nodiscard]] bool is_over() const noexcept { return over_.load(std::memory_order_acquire); }

 private:
  const int descriptor_;
  std::atomic<bool> over_{false};
};

/// An operation that a thread waits for instead of a handler: it stands on that thread's stack.
template <class Completion>
class blocking_operation final : public operation {
 public:
  explicit blocking_operation(Completion completion = {}) noexcept
      : operation(&perform_this, &end_this), completion_(std::move(completion)) {
    blocks_a_thread = true;
  }

  /// Begins the operation with `begin(operation&)`, which ends it or has it wait in a queue of
  /// `core`, and returns when it is over. Throws std::system_error, with nothing begun, if there is
  /// no descriptor to be had.
  template <class Begin>
  void run(const std::shared_ptr<guest_core>& core, Begin&& begin);

  /// Its error, and what a handler would be called with besides that, if anything.
  auto result(std::error_code& ec) {
    auto results = completion_.arguments(*this);
    ec = std::get<0>(results);
    if constexpr (std::tuple_size_v<decltype(results)> != 1) return std::move(std::get<1>(results));
  }

 private:
  static bool perform_this(operation& base, operation_target& on) {
    return static_cast<blocking_operation&>(base).completion_.perform(
        base, static_cast<typename Completion::target&>(on));
  }
  static void end_this(operation& base, ending how) {
    // The io_context is at its end, and nobody will do what this waits for.
    if (how == ending::destroy) base.done(std::make_error_code(std::errc::operation_canceled));
    static_cast<blocking_operation&>(base).over_->wake();
  }

  Completion completion_;
  std::optional<wake_up> over_;
};

/// Does the work of the guest in this thread until `over`. Others may do it at the same time.
void work_until(const std::shared_ptr<guest_core>& core, wake_up& over);

template <class Completion>
template <class Begin>
void blocking_operation<Completion>::run(const std::shared_ptr<guest_core>& core, Begin&& begin) {
  over_.emplace();
  // From here on the operation may stand in a queue, so it must not be destroyed before it is over:
  // lack of memory in the middle of the guest's work ends the program, not this function.
  [&]() noexcept {
    begin(*this);
    work_until(core, *over_);
  }();
}

}  // namespace v4v::detail
