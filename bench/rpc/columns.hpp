#pragma once

#include "measure/columns.hpp"

namespace v4v::bench::column {

/// What v4v::rpc is measured beside: KJ's own loop over a UNIX socket, gRPC over one, as it is and
/// with threads that never sleep, and Cap'n Proto alone, in one thread.
inline constexpr const char* kj = "KJ";
inline constexpr const char* grpc = "gRPC";
inline constexpr const char* grpc_spinning = "gRPC spin";
inline constexpr const char* pipe = "one thread";

}  // namespace v4v::bench::column
