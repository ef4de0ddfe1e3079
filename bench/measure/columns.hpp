#pragma once

namespace v4v::bench {

/// By what a figure was measured. The names are those of tables, plots and the JSON.
namespace column {

/// v4v between two threads: looks for events for 200 us before it sleeps; while that pays off,
/// which is the default of guests; sleeps at once.
inline constexpr const char* poll = "v4v poll";
inline constexpr const char* adaptive = "v4v adaptive";
inline constexpr const char* sleep = "v4v sleep";
inline constexpr const char* modes[] = {poll, adaptive, sleep};

/// Where there is no other end to wait for.
inline constexpr const char* v4v = "v4v";
inline constexpr const char* v4v_stream = "v4v stream";
inline constexpr const char* v4v_datagram = "v4v datagram";

inline constexpr const char* unix_stream = "UNIX stream";
inline constexpr const char* unix_datagram = "UNIX datagram";
inline constexpr const char* unix_socket = "UNIX";
inline constexpr const char* unix_poll = "UNIX poll";  ///< Its threads look, and never sleep.
inline constexpr const char* tcp = "TCP";
inline constexpr const char* kj = "KJ";
inline constexpr const char* grpc = "gRPC";
inline constexpr const char* grpc_spin = "gRPC spin";  ///< Its threads look, and never sleep.

/// What the machine can do at best.
inline constexpr const char* floor = "floor";
inline constexpr const char* memcpy = "memcpy";
inline constexpr const char* memcpy_in_cache = "memcpy in cache";
inline constexpr const char* copy_loop = "floor: copy loop";  ///< Into a ring, and out of it.
inline constexpr const char* one_thread = "one thread";  ///< Cap'n Proto over a pipe in memory.

}  // namespace column

/// What belongs together, as the command line names it.
namespace suite {
inline constexpr const char* latency = "latency";
inline constexpr const char* throughput = "throughput";
inline constexpr const char* messages = "messages";
inline constexpr const char* rpc = "rpc";
inline constexpr const char* hypercall = "hypercall";
inline constexpr const char* scale = "scale";
}  // namespace suite

/// What v4v is measured beside, as --peers names it.
namespace beside {
inline constexpr const char* unix_socket = "unix";
inline constexpr const char* tcp = "tcp";
inline constexpr const char* kj = "kj";
inline constexpr const char* grpc = "grpc";
inline constexpr const char* floors = "floors";
inline constexpr const char* all[] = {unix_socket, tcp, kj, grpc, floors};
}  // namespace beside

}  // namespace v4v::bench
