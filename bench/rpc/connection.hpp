#pragma once

#include <capnp/rpc-twoparty.h>

#include <cstddef>
#include <optional>

#include <v4v/acceptor.hpp>
#include <v4v/guest.hpp>
#include <v4v/rpc/event_loop.hpp>
#include <v4v/rpc/message_stream.hpp>
#include <v4v/stream.hpp>

namespace v4v::bench {

/// Where the service is.
inline constexpr endpoint service_endpoint{1, 5000};
inline constexpr domain_type client_domain = 2;

/// Cap'n Proto on a stream between two domains. Made of message_stream, for the size of the ring.
class connection {
 public:
  connection(rpc::event_loop& loop, v4v::stream stream, capnp::Capability::Client served);
  connection(rpc::event_loop& loop, v4v::stream stream);

  [[nodiscard]] capnp::Capability::Client bootstrap();

 private:
  rpc::message_stream<v4v::stream> stream_;
  capnp::TwoPartyVatNetwork network_;
  capnp::RpcSystem<capnp::rpc::twoparty::VatId> system_;
};

/// Serves the first client that comes.
class serving_end {
 public:
  serving_end(rpc::event_loop& loop, guest& domain, std::size_t ring_size,
              capnp::Capability::Client served);

 private:
  acceptor acceptor_;
  std::optional<connection> connection_;
  kj::Promise<void> accepting_;
};

/// Connects to a serving_end.
class calling_end {
 public:
  calling_end(rpc::event_loop& loop, guest& domain, std::size_t ring_size);

  [[nodiscard]] capnp::Capability::Client bootstrap() { return connection_->bootstrap(); }

 private:
  stream connecting_;
  std::optional<connection> connection_;
};

}  // namespace v4v::bench
