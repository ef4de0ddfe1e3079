#include "completion_run.hpp"

#include <asio/post.hpp>

namespace v4v::detail {

asio::execution_context::id completions::id;

struct completions::permit {
  completions* all;

  void operator()() const {
    operation* first = nullptr;
    {
      const std::lock_guard lock(all->mutex_);
      --all->permits_;
      first = all->ready_.pop();
      if (first != nullptr) --all->ready_count_;
    }
    completion_run(*all).hand_over_from(first);
  }
};

void completions::end(operation_queue& done) { add_and_take(done, false); }

// The first that is ready, if it is wanted and there is one.
operation* completions::add_and_take(operation_queue& done, bool take) {
  operation* first = nullptr;
  operation_queue wake;
  std::size_t missing = 0;
  {
    const std::lock_guard lock(mutex_);
    while (operation* op = done.pop()) {
      if (op->blocks_a_thread) {
        wake.push(*op);
      } else {
        ready_.push(*op);
        ++ready_count_;
      }
    }
    if (take && (first = ready_.pop()) != nullptr) --ready_count_;
    if (ready_count_ > permits_) missing = ready_count_ - permits_;
    permits_ += missing;
  }
  while (operation* op = wake.pop())
    op->post();  // it may be this very thread, in a handler
  for (; missing != 0; --missing)
    asio::post(io_, permit{this});
  return first;
}

// Handlers are destroyed without the lock: that may run user code.
void completions::shutdown() {
  for (;;) {
    operation* op = nullptr;
    {
      const std::lock_guard lock(mutex_);
      op = ready_.pop();
    }
    if (op == nullptr) return;
    op->destroy();
  }
}

void completion_run::hand_over(operation_queue& done) {
  hand_over_from(all_.add_and_take(done, has_turns_left()));
}

void completion_run::hand_over_from(operation* first) {
  operation_queue none;
  for (operation* op = first; op != nullptr;) {
    --turns_;
    op->dispatch();
    op = all_.add_and_take(none, has_turns_left() && !all_.io_.stopped());
  }
}

}  // namespace v4v::detail
