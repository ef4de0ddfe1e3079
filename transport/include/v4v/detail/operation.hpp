#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/associated_allocator.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/dispatch.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>

namespace v4v::detail {

class connection;

/// What operations are performed on: a connection, a listener, a datagram port. Each operation
/// knows which of them it is for.
class operation_target {
 protected:
  ~operation_target() = default;
};

/// Owns an open connection, and closes it.
class connection_handle {
 public:
  connection_handle() = default;
  explicit connection_handle(std::shared_ptr<connection> c) noexcept : connection_(std::move(c)) {}
  connection_handle(connection_handle&&) noexcept = default;
  connection_handle& operator=(connection_handle&& other) noexcept {
    if (this == &other) return *this;
    reset();
    connection_ = std::move(other.connection_);
    return *this;
  }
  ~connection_handle() { reset(); }

  /// Takes the guest's lock.
  void reset() noexcept;
  [[nodiscard]] connection* get() const noexcept { return connection_.get(); }
  [[nodiscard]] const std::shared_ptr<connection>& shared() const noexcept { return connection_; }

 private:
  std::shared_ptr<connection> connection_;
};

/// An asynchronous operation that somebody waits for: type-erased, in at most one queue, and ended
/// exactly once: completed, or destroyed unfinished.
class operation {
 public:
  operation(const operation&) = delete;
  operation& operator=(const operation&) = delete;

  /// Goes as far as is possible without waiting; true when the operation is done, with its results
  /// in the members below. Called with the guest's lock held.
  bool perform(operation_target& on) { return perform_(*this, on); }

  /// Ends the operation: the object is gone afterwards. post() never calls the handler on the spot;
  /// dispatch(), which is for threads of the guest's io_context, may. Both are called without the
  /// guest's lock, as either may run the user's code.
  void post() { end_(*this, ending::post); }
  void dispatch() { end_(*this, ending::dispatch); }
  void destroy() { end_(*this, ending::destroy); }

  /// True for a done operation; for use as perform_ results.
  bool done(std::error_code ec, std::size_t n = 0) noexcept {
    error = ec;
    bytes = n;
    return true;
  }

  // The results.
  std::error_code error;
  std::size_t bytes = 0;
  connection_handle accepted;

  /// Whether a thread waits for it, which then does the guest's work itself: the io_context need
  /// not.
  bool blocks_a_thread = false;

  /// Names the operation for its cancellation slot, which may outlive it. 0 while in no queue.
  std::uint64_t id = 0;

 protected:
  enum class ending { post, dispatch, destroy };
  using perform_function = bool (*)(operation&, operation_target&);
  using end_function = void (*)(operation&, ending);

  operation(perform_function p, end_function e) noexcept : perform_(p), end_(e) {}
  ~operation() = default;

 private:
  friend class operation_queue;
  operation* next_ = nullptr;
  perform_function perform_;
  end_function end_;
};

/// A first-in first-out queue of operations, which it does not own... until it is destroyed: what
/// is left then is destroyed unfinished.
class operation_queue {
 public:
  operation_queue() = default;
  operation_queue(const operation_queue&) = delete;
  operation_queue& operator=(const operation_queue&) = delete;
  ~operation_queue() {
    while (operation* op = pop())
      op->destroy();
  }

  [[nodiscard]] bool empty() const noexcept { return head_ == nullptr; }
  [[nodiscard]] operation* front() const noexcept { return head_; }
  /// Whether there is one, and nobody but a thread waits for it.
  [[nodiscard]] bool has_one_that_blocks_a_thread() const noexcept {
    return has_one() && head_->blocks_a_thread;
  }
  [[nodiscard]] bool has_one() const noexcept { return head_ != nullptr && head_ == tail_; }
  /// Whether there is one with a handler that the io_context is to call.
  [[nodiscard]] bool has_one_for_the_io_context() const noexcept {
    for (const operation* op = head_; op != nullptr; op = op->next_)
      if (!op->blocks_a_thread) return true;
    return false;
  }

  void push(operation& op) noexcept {
    op.next_ = nullptr;
    (tail_ != nullptr ? tail_->next_ : head_) = &op;
    tail_ = &op;
  }

  operation* pop() noexcept {
    operation* op = head_;
    if (op != nullptr) {
      head_ = op->next_;
      if (head_ == nullptr) tail_ = nullptr;
      op->next_ = nullptr;
    }
    return op;
  }

  /// Takes out the operation with this id; null when it is not here.
  operation* take(std::uint64_t id) noexcept {
    operation* before = nullptr;
    for (operation* op = head_; op != nullptr; before = op, op = op->next_) {
      if (op->id != id) continue;
      (before != nullptr ? before->next_ : head_) = op->next_;
      if (tail_ == op) tail_ = before;
      op->next_ = nullptr;
      return op;
    }
    return nullptr;
  }

 private:
  operation* head_ = nullptr;
  operation* tail_ = nullptr;
};

/// Whether what runs by `executor` runs in `io`'s threads, and may run on the spot in one of them.
template <class Executor>
bool is_of(const Executor& executor, asio::io_context& io) noexcept {
  using native = asio::io_context::executor_type;
  const native* n = nullptr;
  // Or one that is made of these, as a default completion token is added.
  if constexpr (std::is_base_of_v<native, Executor>) {
    n = &executor;
  } else if constexpr (std::is_base_of_v<asio::any_io_executor, Executor>) {
    n = executor.asio::any_io_executor::template target<native>();
  }
  return n != nullptr && &n->context() == &io;
}

/// An operation that ends in a completion handler.
///
/// `Completion` gives the operation its meaning: `target`, the class of what it is performed on;
/// `bool perform(operation&, target&)`; and `auto arguments(operation&)`, the tuple that the
/// handler is called with.
///
/// The memory comes from the handler's associated allocator, and is given back before the handler
/// is called. The handler's associated executor is told of outstanding work meanwhile, unless it is
/// that of the guest's io_context, which knows from the guest. Operations are handed over by a
/// thread of that io_context, so then the handler is called as it is.
template <class Handler, class Executor, class Completion>
class handler_operation final : public operation {
  using handler_executor = asio::associated_executor_t<Handler, Executor>;
  using allocator = typename std::allocator_traits<
      asio::associated_allocator_t<Handler>>::template rebind_alloc<handler_operation>;

 public:
  static operation& create(Handler handler, const Executor& executor, asio::io_context& io,
                           Completion completion) {
    allocator memory(asio::get_associated_allocator(handler));
    holder guard{memory, std::allocator_traits<allocator>::allocate(memory, 1)};
    auto* op =
        ::new (guard.p) handler_operation(std::move(handler), executor, io, std::move(completion));
    guard.p = nullptr;
    return *op;
  }

 private:
  struct holder {
    allocator& memory;
    handler_operation* p;
    ~holder() {
      if (p != nullptr) std::allocator_traits<allocator>::deallocate(memory, p, 1);
    }
  };

  // The handler with its arguments, which keeps the allocator that the handler asked for.
  template <class Arguments>
  struct bound_handler {
    using allocator_type = asio::associated_allocator_t<Handler>;
    [[nodiscard]] allocator_type get_allocator() const noexcept {
      return asio::get_associated_allocator(handler);
    }
    void operator()() { std::apply(std::move(handler), std::move(arguments)); }

    Handler handler;
    Arguments arguments;
  };

  handler_operation(Handler&& handler, const Executor& executor, asio::io_context& io,
                    Completion&& completion)
      : operation(&perform_this, &end_this),
        handler_(std::move(handler)),
        completion_(std::move(completion)),
        io_(io) {
    if (const auto e = asio::get_associated_executor(handler_, executor); !is_of(e, io))
      work_.emplace(e);
  }

  static bool perform_this(operation& base, operation_target& on) {
    return static_cast<handler_operation&>(base).completion_.perform(
        base, static_cast<typename Completion::target&>(on));
  }

  static void end_this(operation& base, ending how) {
    auto& self = static_cast<handler_operation&>(base);
    allocator memory(asio::get_associated_allocator(self.handler_));
    const auto work = std::move(self.work_);
    asio::io_context& io = self.io_;
    bound_handler<decltype(self.completion_.arguments(base))> bound{
        std::move(self.handler_), self.completion_.arguments(base)};
    self.~handler_operation();
    std::allocator_traits<allocator>::deallocate(memory, &self, 1);
    switch (how) {
      case ending::post:
        return work ? asio::post(work->get_executor(), std::move(bound))
                    : asio::post(io, std::move(bound));
      case ending::dispatch:
        return work ? asio::dispatch(work->get_executor(), std::move(bound)) : bound();
      case ending::destroy:
        return;
    }
  }

  Handler handler_;
  Completion completion_;
  asio::io_context& io_;
  std::optional<asio::executor_work_guard<handler_executor>> work_;
};

}  // namespace v4v::detail
