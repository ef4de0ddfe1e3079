#pragma once

#include <capnp/rpc-twoparty.h>

#include <utility>

#include "counting_stream.hpp"
#include "v4v/rpc/event_loop.hpp"
#include "v4v/rpc/message_stream.hpp"
#include "v4v/stream.hpp"

namespace v4v::rpc::testing {

/// One end of a connection, taken apart: its stream, what passes through it, and Cap'n Proto on
/// top.
class rpc_end {
 public:
  using side = capnp::rpc::twoparty::Side;

  /// An end that hands out `bootstrap`; both ends of a connection may.
  rpc_end(event_loop& loop, v4v::stream stream, side own, capnp::Capability::Client bootstrap)
      : stream_{loop, std::move(stream)},
        network_{messages_, own},
        system_{capnp::makeRpcServer(network_, kj::mv(bootstrap))} {}
  /// A calling end.
  rpc_end(event_loop& loop, v4v::stream stream)
      : stream_{loop, std::move(stream)},
        network_{messages_, side::CLIENT},
        system_{capnp::makeRpcClient(network_)} {}

  /// What the other end hands out.
  template <class Interface>
  typename Interface::Client bootstrap() {
    capnp::MallocMessageBuilder message;
    auto other = message.initRoot<capnp::rpc::twoparty::VatId>();
    other.setSide(network_.getSide() == side::CLIENT ? side::SERVER : side::CLIENT);
    return system_.bootstrap(other).template castAs<Interface>();
  }

  [[nodiscard]] counting_stream& messages() noexcept { return messages_; }
  [[nodiscard]] capnp::TwoPartyVatNetwork& network() noexcept { return network_; }

 private:
  message_stream<v4v::stream> stream_;
  counting_stream messages_{stream_};
  capnp::TwoPartyVatNetwork network_;
  capnp::RpcSystem<capnp::rpc::twoparty::VatId> system_;
};

}  // namespace v4v::rpc::testing
