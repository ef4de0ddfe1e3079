#include "event_port.hpp"

#include <kj/debug.h>

#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <exception>
#include <utility>

namespace v4v::rpc {

class event_port::in_state {
 public:
  in_state(event_port& port, state now) : port_{port}, before_{port.state_} { port.state_ = now; }
  ~in_state() { port_.state_ = before_; }
  in_state(const in_state&) = delete;
  in_state& operator=(const in_state&) = delete;

 private:
  event_port& port_;
  const state before_;
};

namespace {

// Terminates where the exception can still be seen, and so is reported.
template <class Run>
void run_or_terminate(Run run) noexcept {
  try {
    run();
  } catch (...) {
    std::terminate();
  }
}

}  // namespace

event_port::event_port(asio::io_context& io) : io_{io} {}

event_port::~event_port() noexcept {
  *self_ = nullptr;
  scope_.cancelAllDetached();
}

// KJ calls this with no event armed, and when it returns runs those that are by then.
bool event_port::wait() noexcept {
  // Without outstanding work run_one() would not sleep, and other threads could not wake us.
  const auto work = asio::make_work_guard(io_);
  {
    const in_state waiting{*this, state::waiting};
    do {
      run_deferred();
      if (io_.stopped()) io_.restart();
      run_or_terminate([this] { io_.run_one(); });
    } while (!loop_.isRunnable() && !woken_.load(std::memory_order_relaxed));
  }
  // The wait may end before all of these events have run. Posting now, while there is work, also
  // keeps the guard's end from stopping the io_context.
  post_turn();
  return take_wake();
}

bool event_port::poll() noexcept {
  // In a turn the io_context is already being run, by our caller's caller.
  if (state_ == state::turning) return take_wake();

  const auto work = asio::make_work_guard(io_);
  if (io_.stopped()) io_.restart();
  {
    const in_state waiting{*this, state::waiting};
    run_deferred();
    run_or_terminate([this] { io_.poll(); });
  }
  post_turn();
  return take_wake();
}

void event_port::setRunnable(bool runnable) {
  if (!runnable) return;
  require_own_thread();
  if (state_ == state::idle) post_turn();
}

void event_port::resolve_and_turn(kj::FunctionParam<void()> resolve) {
  if (state_ != state::idle) {
    resolve();
    return;
  }
  {
    const in_state resolving{*this, state::resolving};
    KJ_ON_SCOPE_FAILURE(post_turn());
    resolve();
  }
  turn();
}

void event_port::defer(deferred_work& work) {
  if (std::exchange(work.is_due_, true)) return;
  deferred_.push_back(&work);
  if (state_ == state::idle) post_turn();
}

void event_port::take_back(deferred_work& work) noexcept {
  if (std::exchange(work.is_due_, false)) std::erase(deferred_, &work);
}

// One at a time: each may add others, or take them back.
void event_port::run_deferred() noexcept {
  while (!deferred_.empty()) {
    deferred_work& next = *deferred_.back();
    deferred_.pop_back();
    next.is_due_ = false;
    next.run_deferred();
  }
}

void event_port::wake() const {
  if (woken_.exchange(true, std::memory_order_release)) return;
  asio::post(io_, [self = self_] {
    if (*self) (*self)->turn();
  });
}

void event_port::post_turn() {
  if (posted_) return;
  posted_ = true;
  // Not deferred, although no other thread could take it: what is deferred in a handler waits for
  // that handler to return, and it may be running the io_context itself, waiting for this event.
  asio::post(io_, [self = self_] {
    if (!*self) return;
    (*self)->posted_ = false;
    (*self)->turn();
  });
}

void event_port::turn() {
  if (state_ != state::idle) return;
  require_own_thread();
  const in_state turning{*this, state::turning};
  KJ_DEFER(if (loop_.isRunnable() || !deferred_.empty()) post_turn());
  do {
    scope_.poll();
    run_deferred();
  } while (loop_.isRunnable());
  loop_.run(0);  // runs nothing, but makes KJ notice that its queue is empty
}

void event_port::require_own_thread() const {
  KJ_REQUIRE(std::this_thread::get_id() == thread_,
             "the io_context of an event loop is run by another thread than the one that made the "
             "loop; each thread needs an io_context and an event loop of its own");
}

// Acquire, after the release in wake(): what was queued for this thread before it was woken is
// seen by the executor that KJ looks at next.
bool event_port::take_wake() noexcept { return woken_.exchange(false, std::memory_order_acquire); }

}  // namespace v4v::rpc
