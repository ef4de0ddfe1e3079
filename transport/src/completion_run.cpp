#include "completion_run.hpp"

#include <utility>

#include <asio/post.hpp>

namespace v4v::detail {

thread_local completion_run* completion_run::current_ = nullptr;

// An operation on its way through the io_context. If that ends first, the operation is destroyed
// unfinished.
struct completion_run::carried {
  asio::io_context* io;
  operation* op;

  carried(asio::io_context& context, operation& o) noexcept : io(&context), op(&o) {}
  carried(carried&& other) noexcept : io(other.io), op(std::exchange(other.op, nullptr)) {}
  carried& operator=(carried&&) = delete;
  ~carried() {
    if (op != nullptr) op->destroy();
  }

  void operator()() {
    operation_queue done;
    done.push(*std::exchange(op, nullptr));
    completion_run(*io).hand_over(done);
  }
};

void completion_run::post(asio::io_context& io, operation& op) { asio::post(io, carried{io, op}); }

void completion_run::post_rest() {
  while (operation* op = ready_.pop())
    post(io_, *op);
}

completion_run::~completion_run() {
  current_ = outer_;
  post_rest();
}

void completion_run::end(asio::io_context& io, operation_queue& done) {
  completion_run* const run = current_ != nullptr && &current_->io_ == &io ? current_ : nullptr;
  while (operation* op = done.pop()) {
    if (op->blocks_a_thread) {
      op->post();  // wakes it; it may be this one, in a handler of this run
    } else if (run != nullptr) {
      run->ready_.push(*op);
    } else {
      post(io, *op);
    }
  }
}

void completion_run::hand_over(operation_queue& done) {
  end(io_, done);
  while (turns_ != 0) {
    operation* const op = ready_.pop();
    if (op == nullptr) return;
    --turns_;
    post_rest();  // to be taken by other threads, or by this one when it comes round
    op->dispatch();
  }
}

completion_run::pause::pause() : paused_(std::exchange(current_, nullptr)) {
  if (paused_ != nullptr) paused_->post_rest();
}

}  // namespace v4v::detail
