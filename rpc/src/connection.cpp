#include "connection.hpp"

#include <kj/debug.h>

#include <utility>

namespace v4v::rpc {

using capnp::rpc::twoparty::Side;

kj::String name_of(const v4v::endpoint& peer) {
  return kj::str("v4v domain ", peer.domain(), " port ", peer.port());
}

void require_one_context(event_loop& loop, v4v::guest& guest) {
  KJ_REQUIRE(guest.get_executor() == loop.context().get_executor(),
             "the guest must belong to the io_context of the event loop");
}

connection::connection(event_loop& loop, v4v::stream stream, const v4v::endpoint& peer,
                       capnp::Capability::Client bootstrap)
    : stream_{loop, std::move(stream), name_of(peer)},
      network_{loop, stream_, Side::SERVER},
      system_{capnp::makeRpcServer(network_, kj::mv(bootstrap))} {}

connection::connection(event_loop& loop, v4v::stream stream, const v4v::endpoint& peer)
    : stream_{loop, std::move(stream), name_of(peer)},
      network_{loop, stream_, Side::CLIENT},
      system_{capnp::makeRpcClient(network_)} {}

capnp::Capability::Client connection::bootstrap() {
  capnp::MallocMessageBuilder message{4};
  auto server = message.initRoot<capnp::rpc::twoparty::VatId>();
  server.setSide(Side::SERVER);
  return system_.bootstrap(server);
}

}  // namespace v4v::rpc
