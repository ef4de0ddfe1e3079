#include "v4v/rpc/event_loop.hpp"

#include <kj/debug.h>

#include "event_port.hpp"
#include "loop_timer.hpp"
#include "v4v/rpc/detail/loop_member.hpp"

namespace v4v::rpc {
namespace {

thread_local event_loop* loop_of_this_thread = nullptr;

asio::io_context& in_thread_without_loop(asio::io_context& io) {
  KJ_REQUIRE(loop_of_this_thread == nullptr,
             "this thread already has an event loop; a thread can have one");
  return io;
}

}  // namespace

class event_loop::impl {
 public:
  explicit impl(asio::io_context& io) : timer{in_thread_without_loop(io)}, port{io} {}

  loop_timer timer;  // outlives the port, whose detached promises may wait for deadlines
  event_port port;
  detail::loop_member::list members;
};

event_loop::event_loop(asio::io_context& io) : impl_{std::make_unique<impl>(io)} {
  loop_of_this_thread = this;
}

event_loop::~event_loop() {
  loop_of_this_thread = nullptr;
  // Each may, in letting go, end others.
  while (!impl_->members.empty()) {
    auto& member = impl_->members.front();
    member.leave();
    member.loop_ends();
  }
}

event_loop& event_loop::current() {
  KJ_REQUIRE(loop_of_this_thread != nullptr,
             "this thread has no event loop: make a v4v::rpc::event_loop in it first");
  return *loop_of_this_thread;
}

asio::io_context& event_loop::context() const noexcept { return impl_->port.context(); }

kj::WaitScope& event_loop::wait_scope() noexcept { return impl_->port.scope(); }

kj::Timer& event_loop::timer() noexcept { return impl_->timer; }

event_port& event_loop::port() noexcept { return impl_->port; }

void detail::resolve_and_turn(kj::FunctionParam<void()> resolve) {
  if (loop_of_this_thread == nullptr) {
    resolve();
  } else {
    loop_of_this_thread->port().resolve_and_turn(kj::mv(resolve));
  }
}

const kj::Executor& event_loop::executor() { return impl_->port.loop().getExecutor(); }

bool detail::has_loop() noexcept { return loop_of_this_thread != nullptr; }

detail::loop_member::loop_member(const asio::execution_context& io)
    : members_{event_loop::current().impl_->members} {
  KJ_REQUIRE(&io == &event_loop::current().context(),
             "the executor of the coroutine belongs to another io_context than the one that this "
             "thread's event loop runs on");
  members_.add(*this);
}

void detail::loop_member::leave() noexcept {
  if (link_.isLinked()) members_.remove(*this);
}

}  // namespace v4v::rpc
