#pragma once

#include <kj/async.h>
#include <kj/debug.h>

#include <asio/cancellation_signal.hpp>
#include <asio/io_context.hpp>
#include <exception>
#include <memory>
#include <system_error>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>

#include "v4v/rpc/detail/loop_member.hpp"
#include "v4v/rpc/error.hpp"
#include "v4v/rpc/event_loop.hpp"

namespace v4v::rpc::detail {

template <class T>
concept failure = std::is_same_v<T, std::error_code> || std::is_same_v<T, std::exception_ptr>;

/// The type of the promise for an operation that completes with Args...
template <class... Args>
struct result {
  using type = std::tuple<std::decay_t<Args>...>;
};
template <>
struct result<> {
  using type = void;
};
template <class T>
requires(!failure<std::decay_t<T>>) struct result<T> {
  using type = std::decay_t<T>;
};
template <class E, class... Args>
requires failure<std::decay_t<E>>
struct result<E, Args...> : result<Args...> {
};

template <class... Args>
using promised = typename result<Args...>::type;

/// What a promise and the handler of its operation share, until each of them has let go of it.
template <class T>
class promise_operation {
 public:
  using executor_type = asio::io_context::executor_type;

  /// The promise for `pending`; dropping it cancels the operation.
  static kj::Promise<T> promise(const std::shared_ptr<promise_operation>& pending) {
    return kj::newAdaptedPromise<T, adapter>(pending);
  }

  [[nodiscard]] executor_type executor() const noexcept { return executor_; }
  [[nodiscard]] asio::cancellation_slot slot() noexcept { return cancellation_.slot(); }

  /// The function that begins the operation has returned.
  void has_begun() noexcept { has_begun_ = true; }

  /// To be called by the handler. An operation may be done before it has begun, as asio::dispatch
  /// can be: then KJ's loop may be running, for a continuation has begun it, and is not to turn.
  template <class... Args>
  void complete_and_turn(Args&&... args) {
    if (has_begun_) {
      resolve_and_turn([&] { complete(std::forward<Args>(args)...); });
    } else {
      complete(std::forward<Args>(args)...);
    }
  }

  /// The handler was destroyed without a call. In the loop's thread that is a failure to report; in
  /// another, or after the loop, nobody may listen.
  void abandon() noexcept {
    if (std::this_thread::get_id() != thread_) return;
    if (auto* fulfiller = finish()) {
      fulfiller->reject(KJ_EXCEPTION(FAILED, "the operation was abandoned"));
    }
  }

 private:
  class adapter {
   public:
    adapter(kj::PromiseFulfiller<T>& fulfiller, std::shared_ptr<promise_operation> operation)
        : operation_{std::move(operation)} {
      operation_->fulfiller_ = &fulfiller;
    }
    ~adapter() { operation_->drop(); }
    adapter(const adapter&) = delete;
    adapter& operator=(const adapter&) = delete;

   private:
    const std::shared_ptr<promise_operation> operation_;
  };

  template <class... Args>
  void complete(Args&&... args) {
    if (auto* fulfiller = finish()) resolve(*fulfiller, std::forward<Args>(args)...);
  }

  // From here on no signal is emitted: the operation's I/O object may be gone.
  kj::PromiseFulfiller<T>* finish() noexcept { return std::exchange(fulfiller_, nullptr); }

  // Nor is one when the loop drops what is left at its end, which is in nobody's hands: the I/O
  // object may be gone since, and the handler of its operation on the way.
  void drop() {
    if (finish() && has_loop()) cancellation_.emit(asio::cancellation_type::all);
  }

  template <class E, class... Values>
  requires failure<std::decay_t<E>>
  static void resolve(kj::PromiseFulfiller<T>& fulfiller, E&& failed, Values&&... values) {
    if (failed) {
      fulfiller.reject(to_exception(failed));
    } else {
      resolve(fulfiller, std::forward<Values>(values)...);
    }
  }

  template <class... Values>
  static void resolve(kj::PromiseFulfiller<T>& fulfiller, Values&&... values) {
    if constexpr (std::is_void_v<T>) {
      fulfiller.fulfill();
    } else {
      fulfiller.fulfill(T(std::forward<Values>(values)...));
    }
  }

  const std::thread::id thread_ = std::this_thread::get_id();
  const executor_type executor_ = event_loop::current().context().get_executor();
  asio::cancellation_signal cancellation_;
  kj::PromiseFulfiller<T>* fulfiller_ = nullptr;
  bool has_begun_ = false;
};

/// The completion handler: runs in the loop's thread, keeps the attachments until it has run.
template <class Operation, class... Attachments>
class promise_handler {
 public:
  using executor_type = typename Operation::executor_type;
  using cancellation_slot_type = asio::cancellation_slot;

  promise_handler(std::shared_ptr<Operation> operation, std::tuple<Attachments...> attachments)
      : operation_{std::move(operation)}, attachments_{std::move(attachments)} {}
  ~promise_handler() {
    if (operation_) operation_->abandon();
  }
  promise_handler(promise_handler&&) noexcept = default;
  promise_handler& operator=(promise_handler&&) = delete;

  [[nodiscard]] executor_type get_executor() const noexcept { return operation_->executor(); }
  [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept {
    return operation_->slot();
  }

  template <class... Args>
  void operator()(Args&&... args) {
    const auto operation = std::exchange(operation_, nullptr);
    operation->complete_and_turn(std::forward<Args>(args)...);
  }

 private:
  std::shared_ptr<Operation> operation_;
  [[no_unique_address]] std::tuple<Attachments...> attachments_;
};

}  // namespace v4v::rpc::detail
