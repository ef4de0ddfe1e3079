#pragma once

#include <memory>
#include <string>

#include "payload.hpp"
#include "peer.hpp"

namespace v4v::bench {

/// How gRPC's threads wait in their completion queues.
enum class grpc_wait {
  sleep,  ///< As it is mostly used.
  spin    ///< They never sleep, like polling guests.
};

/// gRPC's version, or why it is not measured.
std::string grpc_version();

/// Before any thread is bound to a processor: makes gRPC's own threads, which would be bound there,
/// too.
void begin_grpc();

/// gRPC over a UNIX socket: two threads, each alone with a completion queue. Null in builds without
/// gRPC.
std::shared_ptr<peer> make_grpc_peer(grpc_wait wait, const payload& of_run);

}  // namespace v4v::bench
