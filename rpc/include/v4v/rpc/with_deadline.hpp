#pragma once

#include <capnp/capability.h>

#include <chrono>

#include "v4v/rpc/detail/schema_of.hpp"

namespace v4v::rpc {

namespace detail {
[[nodiscard]] capnp::Capability::Client with_deadline(capnp::Capability::Client&& capability,
                                                      kj::Maybe<capnp::InterfaceSchema> interface,
                                                      std::chrono::nanoseconds deadline);
}  // namespace detail

/// The same capability, with a deadline for each call on it, and on the capabilities that come from
/// its results and pipelines. A deadline that it had, from here or from client_options, is
/// replaced.
///
///     auto quick = v4v::rpc::with_deadline(calculator, std::chrono::milliseconds{50});
///
/// A call has so much time from send() on; waiting for a connection counts. A call that has not
/// been answered then fails, as OVERLOADED, whether or not anybody waits for it: "deadline of 50 ms
/// exceeded". It is dropped, and so cancelled at the other end, where that allows it; capabilities
/// pipelined on it fail with the same reason. Whether it has run cannot be told.
///
/// A streaming call that was given up is not taken back, since those behind it count on it: its
/// promise fails, and no more.
///
/// The deadline is for calls that are made here. Whoever such a capability is passed to gets the
/// capability without it.
///
/// Costs a timer for each call in flight, and nothing without calls.
///
/// Thread safety: in the thread of an event_loop (throws kj::Exception otherwise), which must
/// outlive calls on the capability.
template <class Client>
[[nodiscard]] Client with_deadline(Client capability, std::chrono::nanoseconds deadline) {
  using interface = typename Client::Calls;
  return detail::as<interface>(
      detail::with_deadline(kj::mv(capability), detail::schema_of<interface>(), deadline));
}

}  // namespace v4v::rpc
