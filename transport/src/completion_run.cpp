#include "completion_run.hpp"

#include <utility>

#include <asio/post.hpp>

namespace v4v::detail {

asio::execution_context::id completions::id;

thread_local completion_run* completion_run::current_ = nullptr;

// An operation on its way through the io_context. If that ends first, the operation is destroyed
// unfinished.
struct completion_run::carried {
  completions* all;
  operation* op;

  carried(completions& a, operation& o) noexcept : all(&a), op(&o) {}
  carried(carried&& other) noexcept : all(other.all), op(std::exchange(other.op, nullptr)) {}
  carried& operator=(carried&&) = delete;
  ~carried() {
    if (op != nullptr) op->destroy();
  }

  void operator()() {
    all->under_way_.fetch_sub(1, std::memory_order_relaxed);
    completion_run run(*all);
    run.ready_.push(*std::exchange(op, nullptr));
    run.dispatch_next();  // whatever else is under way came later
    run.dispatch_rest();
  }
};

void completion_run::post(completions& all, operation& op) {
  all.under_way_.fetch_add(1, std::memory_order_relaxed);
  asio::post(all.io_, carried{all, op});
}

void completion_run::post_rest() {
  while (operation* op = ready_.pop())
    post(all_, *op);
}

completion_run::~completion_run() {
  current_ = outer_;
  post_rest();
}

void completion_run::end(completions& all, operation_queue& done) {
  completion_run* const run = current_ != nullptr && &current_->all_ == &all ? current_ : nullptr;
  while (operation* op = done.pop()) {
    if (op->blocks_a_thread) {
      op->post();  // wakes it; it may be this one, in a handler of this run
    } else if (run != nullptr) {
      run->ready_.push(*op);
    } else {
      post(all, *op);
    }
  }
}

void completion_run::hand_over(operation_queue& done) {
  end(all_, done);
  dispatch_rest();
}

void completion_run::dispatch_next() {
  operation* const op = ready_.pop();
  --turns_;
  post_rest();  // to be taken by other threads, or by this one when it comes round
  op->dispatch();
}

void completion_run::dispatch_rest() {
  while (turns_ != 0 && !ready_.empty()) {
    const bool others_come_first = all_.under_way_.load(std::memory_order_relaxed) != 0;
    if (others_come_first || all_.io_.stopped()) return post_rest();
    dispatch_next();
  }
}

completion_run::pause::pause() : paused_(std::exchange(current_, nullptr)) {
  if (paused_ != nullptr) paused_->post_rest();
}

}  // namespace v4v::detail
