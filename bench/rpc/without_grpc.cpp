// In place of grpc_peer.cpp, in builds without gRPC.
#include "grpc.hpp"

namespace v4v::bench {

std::string grpc_version() { return "not measured: it was not there when this was built"; }

void begin_grpc() {}

std::shared_ptr<peer> make_grpc_peer(grpc_wait, const payload&) { return nullptr; }

}  // namespace v4v::bench
