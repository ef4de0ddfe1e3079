#pragma once

#include <capnp/rpc-twoparty.h>

#include "v4v/endpoint.hpp"
#include "v4v/guest.hpp"
#include "v4v/rpc/event_loop.hpp"
#include "v4v/rpc/message_stream.hpp"
#include "v4v/rpc/vat_network.hpp"
#include "v4v/stream.hpp"

namespace v4v::rpc {

/// What errors call the other end.
[[nodiscard]] kj::String name_of(const v4v::endpoint& peer);

/// Throws kj::Exception (FAILED) unless both belong to the same io_context.
void require_one_context(event_loop& loop, v4v::guest& guest);

/// One connected stream with all of Cap'n Proto's on it. The members are destroyed from the top of
/// the stack to its bottom.
class connection {
 public:
  /// The serving end, which hands out `bootstrap`.
  connection(event_loop& loop, v4v::stream stream, const v4v::endpoint& peer,
             capnp::Capability::Client bootstrap);
  /// The calling end.
  connection(event_loop& loop, v4v::stream stream, const v4v::endpoint& peer);

  /// What the serving end hands out.
  [[nodiscard]] capnp::Capability::Client bootstrap();

  /// Resolves when Cap'n Proto has let go of the connection, which may be destroyed then.
  [[nodiscard]] kj::Promise<void> on_disconnect() { return network_.on_disconnect(); }

 private:
  message_stream<v4v::stream> stream_;
  vat_network network_;
  capnp::RpcSystem<capnp::rpc::twoparty::VatId> system_;
};

}  // namespace v4v::rpc
