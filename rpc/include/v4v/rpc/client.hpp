#pragma once

#include <capnp/capability.h>
#include <kj/async.h>

#include <memory>

#include "v4v/endpoint.hpp"
#include "v4v/guest.hpp"
#include "v4v/rpc/event_loop.hpp"

namespace v4v::rpc {

/// A connection to a Cap'n Proto service in another domain.
///
///     v4v::rpc::client client{loop, guest, {1, 5000}};
///     auto calculator = client.bootstrap<Calculator>();
///     auto answer = calculator.evaluateRequest().send().wait(loop.wait_scope());
///
/// Errors of calls say whom they did not reach, and why: "v4v domain 1 port 5000: Connection
/// refused (asio.system 111)". They are DISCONNECTED when there is no connection (any more), as
/// calls in flight are when the client is destroyed.
///
/// Lifetime: destroyed before the guest and the loop, at any moment. Capabilities that came from it
/// may live longer, and calls on them fail.
///
/// Thread safety: everything in the loop's thread.
class client {
 public:
  /// Begins to connect. Whatever keeps it from that is the error of all calls, and not thrown here.
  /// Throws kj::Exception (FAILED) when the guest belongs to another io_context than the loop's.
  client(event_loop& loop, v4v::guest& guest, const v4v::endpoint& service);
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// What the service hands to this domain. Can be called on at once: calls go out when the
  /// connection is there.
  template <class Interface>
  [[nodiscard]] typename Interface::Client bootstrap() {
    return bootstrap().castAs<Interface>();
  }
  [[nodiscard]] capnp::Capability::Client bootstrap();

  /// Resolves when the connection has ended; is rejected, with the reason, when it could not be
  /// made, or when the client is destroyed before that. May be called any number of times.
  [[nodiscard]] kj::Promise<void> on_disconnect();

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace v4v::rpc
