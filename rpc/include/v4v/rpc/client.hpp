#pragma once

#include <capnp/capability.h>
#include <kj/async.h>

#include <cstdint>
#include <memory>

#include "v4v/endpoint.hpp"
#include "v4v/guest.hpp"
#include "v4v/rpc/client_options.hpp"
#include "v4v/rpc/detail/schema_of.hpp"
#include "v4v/rpc/event_loop.hpp"
#include "v4v/rpc/message_counts.hpp"

namespace v4v::rpc {

/// A connection to a Cap'n Proto service in another domain.
///
///     v4v::rpc::client client{loop, guest, {1, 5000}};
///     auto calculator = client.bootstrap<Calculator>();
///     auto answer = calculator.evaluateRequest().send().wait(loop.wait_scope());
///
/// Errors say which call failed, on the bootstrap capability and on all that come from it:
///
///     v4v domain 1 port 5000: Calculator.evaluate: remote exception: division by zero
///     v4v domain 1 port 5000: Calculator.evaluate: Connection refused (asio.system 111)
///     v4v domain 1 port 5000: Calculator.evaluate: deadline of 50 ms exceeded
///
/// | kind | means |
/// | --- | --- |
/// | DISCONNECTED | there is no connection, or no more; calls in flight may or may not have run.
/// Calls in flight when the client is destroyed fail so, too |
/// | OVERLOADED | the peer is over one of its server_options, or the deadline has passed |
/// | others | what the service says |
///
/// Without client_options::reconnect there is one connection. When it could not be made, or has
/// ended, all calls fail with that reason.
///
/// With it the bootstrap capability survives the service's death and return: calls on it wait for a
/// connection while there is none, for as long as their deadline allows (for ever without one); the
/// reason why there is none is then in their error. Calls in flight when a connection ends fail as
/// DISCONNECTED, and are not made again: whoever knows that this does no harm makes them. All other
/// capabilities belong to the connection that they came by, and are dead when it has ended. While
/// the client waits to connect, its timer is outstanding work of the io_context.
///
/// An attempt to connect is not given up while the service is there but accepts nobody, which may
/// be for ever; that, too, is what deadlines are for.
///
/// A capability of the service that is passed to it arrives as what it is over there. Whoever else
/// it is passed to gets the one of the connection of that moment.
///
/// Lifetime: destroyed before the guest and the loop, at any moment. Capabilities that came from it
/// may live longer, and calls on them fail.
///
/// Thread safety: everything in the loop's thread.
class client {
 public:
  /// Begins to connect. Whatever keeps it from that is the error of all calls, and not thrown here.
  /// Throws kj::Exception (FAILED) when the guest belongs to another io_context than the loop's,
  /// and for a back_off that makes no sense.
  client(event_loop& loop, v4v::guest& guest, const v4v::endpoint& service,
         client_options options = {});
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// What the service hands to this domain. Can be called on at once: calls go out when the
  /// connection is there. Errors of calls have the names of methods from `Interface`, and from
  /// those that its methods take and give; others are "interface 0x... method 3".
  template <class Interface>
  [[nodiscard]] typename Interface::Client bootstrap() {
    return detail::as<Interface>(bootstrap_as(detail::schema_of<Interface>()));
  }
  [[nodiscard]] capnp::Capability::Client bootstrap() { return bootstrap_as(nullptr); }

  /// Resolves when the connection of this moment, or the next one if there is none, has ended. Is
  /// rejected, with the reason, when the client is destroyed before that; without reconnection also
  /// when the connection could not be made. May be called any number of times.
  [[nodiscard]] kj::Promise<void> on_disconnect();

  /// How many connections were made so far.
  [[nodiscard]] std::uint64_t connections() const noexcept;

  /// How messages of the service were read, on all connections so far.
  [[nodiscard]] message_counts counts() const noexcept;

 private:
  capnp::Capability::Client bootstrap_as(kj::Maybe<capnp::InterfaceSchema> interface);

  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace v4v::rpc
