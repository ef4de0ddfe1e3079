#pragma once

#include <kj/async.h>
#include <kj/function.h>

#include <asio/associated_cancellation_slot.hpp>
#include <asio/cancellation_type.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <optional>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>

#include "v4v/rpc/detail/loop_member.hpp"
#include "v4v/rpc/promise_error.hpp"

namespace v4v::rpc::detail {

/// A promise that a coroutine awaits. It lies in the frame of that coroutine, which its handler
/// owns, which is kept here: nobody can destroy one without the other, but for the event loop.
template <class T>
class awaited final : loop_member {
 public:
  explicit awaited(const asio::execution_context& io) : loop_member{io} {}

  /// Once. The handler is called when there is something to take().
  template <class Handler>
  void start(kj::Promise<T>&& promise, Handler&& handler) {
    if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected()) {
      slot.assign([this](asio::cancellation_type type) {
        constexpr auto understood =
            asio::cancellation_type::terminal | asio::cancellation_type::partial;
        if ((type & understood) != asio::cancellation_type::none) cancel();
      });
    }
    resume_.emplace(
        [handler = std::forward<Handler>(handler)]() mutable { asio::post(std::move(handler)); });
    pending_ = settled(kj::mv(promise)).eagerlyEvaluate(nullptr);
  }

  /// What became of the promise. Throws promise_error, or operation_aborted if it was dropped.
  T take() {
    leave();
    pending_ = nullptr;
    if (auto* exception = std::get_if<2>(&outcome_)) throw promise_error{kj::mv(*exception)};
    auto* value = std::get_if<1>(&outcome_);
    if (value == nullptr) throw std::system_error{asio::error::operation_aborted};
    if constexpr (!std::is_void_v<T>) return kj::mv(*value);
  }

 private:
  struct dropped {};
  using fulfilment = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

  kj::Promise<void> settled(kj::Promise<T>&& promise) {
    auto rejected = [this](kj::Exception&& exception) {
      outcome_.template emplace<2>(kj::mv(exception));
      resume();
    };
    if constexpr (std::is_void_v<T>) {
      return promise.then(
          [this] {
            outcome_.template emplace<1>();
            resume();
          },
          kj::mv(rejected));
    } else {
      return promise.then(
          [this](T&& value) {
            outcome_.template emplace<1>(kj::mv(value));
            resume();
          },
          kj::mv(rejected));
    }
  }

  // Posted, since this is called from a continuation of KJ's, or by somebody who cancels: the
  // coroutine may wait for other promises, or destroy what it was called from. Not deferred,
  // although that would save the lock of a queue that nobody else is at: what is deferred in a
  // handler stays with that handler until it returns, and it may be waiting, by wait(), for this.
  void resume() {
    auto post = std::move(*resume_);
    resume_.reset();
    post();
  }

  // Drops the promise here and now, as dropping one of KJ's own would. When it has been resolved
  // before, and the coroutine is on its way, that comes too late, as with any operation of Asio's.
  void cancel() {
    if (!resume_) return;
    const auto here = kj::mv(pending_);
    resume();
  }

  void loop_ends() noexcept override {
    outcome_.template emplace<0>();
    const auto here = kj::mv(pending_);
    if (resume_) resume();
  }

  std::variant<dropped, fulfilment, kj::Exception> outcome_;
  std::optional<kj::Function<void()>> resume_;  // until it has been called
  kj::Promise<void> pending_ = nullptr;
};

}  // namespace v4v::rpc::detail
