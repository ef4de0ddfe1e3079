#pragma once

#include <capnp/capability.h>
#include <kj/async.h>
#include <kj/function.h>

#include <chrono>
#include <cstddef>
#include <memory>

#include "v4v/endpoint.hpp"
#include "v4v/guest.hpp"
#include "v4v/rpc/event_loop.hpp"
#include "v4v/rpc/message_counts.hpp"
#include "v4v/rpc/server_options.hpp"

namespace v4v::rpc {

/// Who is on the other end of a connection.
struct peer {
  domain_type domain;      ///< Its domain: the hypervisor's word, which it cannot forge.
  v4v::endpoint endpoint;  ///< With its port, which is what the peer says.
};

/// Serves Cap'n Proto RPC at a port of this domain.
///
///     v4v::rpc::server server{loop, guest, 5000, [&](const v4v::rpc::peer& peer) {
///       return peer.domain == 0 ? admin : visitor;
///     }};
///     io.run();
///
/// Access control is which object a peer is handed: `bootstrap` is called once for each connection,
/// and what it returns is all that the peer can reach, with what it gets from that. A peer for whom
/// it throws is handed an object each call of which throws the same exception; no other peer
/// notices. Neither does any other when a connection fails, or is over one of the limits of
/// server_options.
///
/// Lifetime: destroyed before the guest and the loop, at any moment. Connections then end, the
/// calls of their peers fail as DISCONNECTED, and calls that run here are cancelled if they allow
/// it.
///
/// Thread safety: everything in the loop's thread.
class server {
 public:
  using bootstrap_function = kj::Function<capnp::Capability::Client(const peer&)>;

  /// Listens at `port` from now on, and takes from peers what `options` say.
  /// Throws kj::Exception: for what v4v::acceptor throws, by its code as in v4v/rpc/error.hpp;
  /// FAILED when the guest belongs to another io_context than the loop's.
  server(event_loop& loop, v4v::guest& guest, port_type port, bootstrap_function bootstrap,
         server_options options = {});
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Number of connections at this moment, without those that were refused.
  [[nodiscard]] std::size_t connections() const noexcept;

  /// How messages of peers were read, on all connections so far.
  [[nodiscard]] message_counts counts() const noexcept;

  /// Ends gracefully: accepts no more connections; lets calls in flight finish, and sends their
  /// answers; answers new calls as DISCONNECTED, so that clients who connect again do so, and find
  /// whoever serves the port then. A connection without calls in flight is ended, and closed when
  /// its peer has read the end. What is left after `grace` is cut, as by the destructor. Calls that
  /// objects here make of their peers go on meanwhile.
  ///
  /// Resolves when no connection is left; the server may then be destroyed, as before that at any
  /// moment (the promise is then never resolved). Draining goes on if the promise is dropped.
  /// When called again, the grace that is over first counts.
  [[nodiscard]] kj::Promise<void> drain(std::chrono::nanoseconds grace);

  /// Is rejected, with the reason, when the server accepts no more connections or is destroyed;
  /// never resolves otherwise. Connections that it has go on. May be called any number of times.
  [[nodiscard]] kj::Promise<void> on_failure();

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace v4v::rpc
