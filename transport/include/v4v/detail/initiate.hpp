#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include <asio/associated_cancellation_slot.hpp>

#include "v4v/detail/buffers.hpp"
#include "v4v/detail/connection.hpp"
#include "v4v/detail/operation.hpp"

namespace v4v::detail {

// What the operations do, and what their handlers are called with: the `Completion`s of
// handler_operation.

template <class MutableBufferSequence>
struct read_completion {
  using target = connection;
  MutableBufferSequence buffers;

  bool perform(operation& op, connection& c) const {
    return c.read_some(receive_vector(buffers), op);
  }
  static auto arguments(operation& op) { return std::tuple(op.error, op.bytes); }
};

struct receive_completion {
  using target = connection;
  message_view view;

  bool perform(operation& op, connection& c) { return c.take_message(view, op); }
  auto arguments(operation& op) { return std::tuple(op.error, std::move(view)); }
};

template <class MutableBufferSequence>
struct read_or_receive_completion {
  using target = connection;
  MutableBufferSequence buffers;
  std::size_t long_message;
  message_view view;

  bool perform(operation& op, connection& c) {
    return c.read_or_take(receive_vector(buffers), long_message, view, op);
  }
  auto arguments(operation& op) { return std::tuple(op.error, op.bytes, std::move(view)); }
};

template <class ConstBufferSequence>
struct write_completion {
  using target = connection;
  ConstBufferSequence buffers;

  bool perform(operation& op, connection& c) const {
    send_vector data(buffers);
    return c.write_some(data, op);
  }
  static auto arguments(operation& op) { return std::tuple(op.error, op.bytes); }
};

struct wait_for_bytes_completion {
  using target = connection;
  static bool perform(operation& op, connection& c) { return c.wait_for_bytes(op); }
  static auto arguments(operation& op) { return std::tuple(op.error); }
};

struct wait_for_room_completion {
  using target = connection;
  static bool perform(operation& op, connection& c) { return c.wait_for_room(op); }
  static auto arguments(operation& op) { return std::tuple(op.error); }
};

/// For operations that are done when somebody else says so.
struct plain_completion {
  using target = operation_target;
  static bool perform(operation&, operation_target&) { return false; }
  static auto arguments(operation& op) { return std::tuple(op.error); }
};

inline std::uint64_t next_operation_id() noexcept {
  // Relaxed: only the numbers must differ.
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

/// Lets the cancellation slot of an operation's handler, if it has one, cancel the operation at
/// `target`, whatever the type of the cancellation: an operation that still waits has had no
/// effect. The slot may fire when the operation, or the target, is long gone; then nothing happens.
template <class Target, class Handler>
std::uint64_t connect_cancellation(const std::shared_ptr<Target>& target, const Handler& handler) {
  auto slot = asio::get_associated_cancellation_slot(handler);
  if (!slot.is_connected()) return 0;
  const auto id = next_operation_id();
  slot.assign([weak = std::weak_ptr<Target>(target), id](asio::cancellation_type) {
    if (const auto strong = weak.lock()) strong->cancel(id);
  });
  return id;
}

/// The io_context of a guest.
[[nodiscard]] asio::io_context& context_of(guest_core& core) noexcept;

template <class Completion, class Executor, class Handler>
operation& make_operation(Handler&& handler, const Executor& executor, guest_core& core,
                          Completion completion) {
  return handler_operation<std::decay_t<Handler>, Executor, Completion>::create(
      std::forward<Handler>(handler), executor, context_of(core), std::move(completion));
}

}  // namespace v4v::detail
