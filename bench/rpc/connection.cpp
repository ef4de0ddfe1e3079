#include "connection.hpp"

#include <utility>

#include <v4v/rpc/use_promise.hpp>

namespace v4v::bench {

using capnp::rpc::twoparty::Side;

connection::connection(rpc::event_loop& loop, v4v::stream stream, capnp::Capability::Client served)
    : stream_{loop, std::move(stream)},
      network_{stream_, Side::SERVER},
      system_{capnp::makeRpcServer(network_, kj::mv(served))} {}

connection::connection(rpc::event_loop& loop, v4v::stream stream)
    : stream_{loop, std::move(stream)},
      network_{stream_, Side::CLIENT},
      system_{capnp::makeRpcClient(network_)} {}

capnp::Capability::Client connection::bootstrap() {
  capnp::MallocMessageBuilder message{4};
  auto server = message.initRoot<capnp::rpc::twoparty::VatId>();
  server.setSide(Side::SERVER);
  return system_.bootstrap(server);
}

serving_end::serving_end(rpc::event_loop& loop, guest& domain, std::size_t ring_size,
                         capnp::Capability::Client served)
    : acceptor_{domain, service_endpoint.port(), {.ring_size = ring_size}},
      accepting_{acceptor_.async_accept(rpc::use_promise)
                     .then([this, &loop, served = kj::mv(served)](v4v::stream&& accepted) mutable {
                       connection_.emplace(loop, std::move(accepted), kj::mv(served));
                     })
                     .eagerlyEvaluate(nullptr)} {}

calling_end::calling_end(rpc::event_loop& loop, guest& domain, std::size_t ring_size)
    : connecting_{domain, {.ring_size = ring_size}} {
  connecting_.async_connect(service_endpoint, rpc::use_promise).wait(loop.wait_scope());
  connection_.emplace(loop, std::move(connecting_));
}

}  // namespace v4v::bench
