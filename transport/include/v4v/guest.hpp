#pragma once

#include <memory>

#include <asio/io_context.hpp>

#include "v4v/busy_poll.hpp"
#include "v4v/endpoint.hpp"
#include "v4v/link.hpp"

namespace v4v {

namespace detail {
class guest_core;
}

/// What a guest can be told.
struct guest_options {
  /// Whether it looks for events for a while before it sleeps.
  busy_poll polling = busy_poll::automatic();
};

/// This program as a domain: the way to its hypervisor, and what all sockets of the domain share.
/// A program has one for each domain that it is and each io_context that it serves it from; mostly
/// that is one.
///
/// A guest has no thread. It works in the threads that run its io_context, while some socket has an
/// operation waiting, and in the calls of its sockets. An idle guest does not keep
/// `io_context::run()` from returning.
///
/// Destroying it closes all of its sockets: their operations end with `operation_aborted`, their
/// peers get RST. The sockets themselves may live longer, closed. It must not outlive its
/// io_context.
///
/// A child of fork(2) must not use it, nor destroy it: it has no rings, and touching them ends it
/// with SIGSEGV; the parent is not harmed. What a child calls exec or _exit for is well.
///
/// Thread safety: distinct objects are safe. Shared objects are safe, too: its sockets may be used
/// from different threads at the same time (each socket from one at a time).
class guest {
 public:
  /// Becomes the domain that `link` leads to. Throws std::system_error when its hypervisor does not
  /// answer, or speaks another version of V4V.
  guest(asio::io_context& io, std::unique_ptr<v4v::link> link, guest_options options = {});
  ~guest();
  guest(const guest&) = delete;
  guest& operator=(const guest&) = delete;

  /// The number of this domain.
  [[nodiscard]] domain_type domain() const noexcept;

  using executor_type = asio::io_context::executor_type;
  [[nodiscard]] executor_type get_executor() const noexcept;

  /// For the sockets' own use.
  [[nodiscard]] const std::shared_ptr<detail::guest_core>& core() const noexcept { return core_; }

 private:
  std::shared_ptr<detail::guest_core> core_;
};

}  // namespace v4v
