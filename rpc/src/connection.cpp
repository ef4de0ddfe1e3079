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

namespace {

capnp::ReaderOptions reader_options(const connection_limits& limits) {
  capnp::ReaderOptions options;
  options.traversalLimitInWords = limits.message_words;
  return options;
}

}  // namespace

connection::connection(event_loop& loop, v4v::stream stream, const v4v::endpoint& peer,
                       const connection_limits& limits, std::size_t calls_in_flight,
                       capnp::Capability::Client bootstrap)
    : stream_{loop, std::move(stream), name_of(peer)},
      network_{loop, stream_, Side::SERVER, reader_options(limits),
               limiter_.emplace(network_, calls_in_flight)},
      system_{capnp::makeRpcServer(network_, kj::mv(bootstrap))} {
  system_.setFlowLimit(limits.flow_limit);
}

connection::connection(event_loop& loop, v4v::stream stream, const v4v::endpoint& peer,
                       const connection_limits& limits, detail::message_filter& filter)
    : stream_{loop, std::move(stream), name_of(peer)},
      network_{loop, stream_, Side::CLIENT, reader_options(limits), filter},
      system_{capnp::makeRpcClient(network_)} {
  system_.setFlowLimit(limits.flow_limit);
}

capnp::Capability::Client connection::bootstrap() {
  capnp::MallocMessageBuilder message{4};
  auto server = message.initRoot<capnp::rpc::twoparty::VatId>();
  server.setSide(Side::SERVER);
  return system_.bootstrap(server);
}

}  // namespace v4v::rpc
