#pragma once

#include <capnp/rpc-twoparty.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "call_limiter.hpp"
#include "v4v/endpoint.hpp"
#include "v4v/guest.hpp"
#include "v4v/rpc/detail/message_filter.hpp"
#include "v4v/rpc/event_loop.hpp"
#include "v4v/rpc/message_stream.hpp"
#include "v4v/rpc/vat_network.hpp"
#include "v4v/stream.hpp"

namespace v4v::rpc {

/// What errors call the other end.
[[nodiscard]] kj::String name_of(const v4v::endpoint& peer);

/// Throws kj::Exception (FAILED) unless both belong to the same io_context.
void require_one_context(event_loop& loop, v4v::guest& guest);

/// What a connection takes from its peer; see server_options.
struct connection_limits {
  std::uint64_t message_words;
  std::size_t flow_limit;
};

/// One connected stream with all of Cap'n Proto's on it. The members are destroyed from the top of
/// the stack to its bottom.
class connection {
 public:
  /// The serving end, which hands out `bootstrap` and takes so many calls at a time.
  connection(event_loop& loop, v4v::stream stream, const v4v::endpoint& peer,
             const connection_limits& limits, std::size_t calls_in_flight,
             capnp::Capability::Client bootstrap);
  /// The calling end. `filter`, which must outlive it, sees its messages.
  connection(event_loop& loop, v4v::stream stream, const v4v::endpoint& peer,
             const connection_limits& limits, detail::message_filter& filter);

  /// What the serving end hands out.
  [[nodiscard]] capnp::Capability::Client bootstrap();

  /// At the serving end: no new calls. Resolves when none is left.
  [[nodiscard]] kj::Promise<void> drain() { return limiter_->drain(); }

  /// Resolves when Cap'n Proto has let go of the connection, which may be destroyed then.
  [[nodiscard]] kj::Promise<void> on_disconnect() { return network_.on_disconnect(); }

  /// How messages were read.
  [[nodiscard]] const message_counts& counts() const noexcept { return stream_.counts(); }

  /// Takes the stream out of a connection that Cap'n Proto has let go of.
  [[nodiscard]] v4v::stream release() { return std::move(stream_.next_layer()); }

 private:
  std::optional<call_limiter> limiter_;  // at the serving end
  message_stream<v4v::stream> stream_;
  vat_network network_;
  capnp::RpcSystem<capnp::rpc::twoparty::VatId> system_;
};

}  // namespace v4v::rpc
