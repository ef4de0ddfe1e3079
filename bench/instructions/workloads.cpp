#include "workloads.hpp"

namespace v4v::bench {
namespace {

constexpr workload all[] = {
    {"sendv-64", "a hypercall that sends 64 B to a ring", 20'000, send_with_hypercalls},
    {"datagram-64", "64 B in a datagram, there and back", 1000, send_datagrams},
    {"stream-64", "64 B over a stream, there and back", 1000, echo_over_stream},
    {"stream-64-polling", "the same by guests that poll", 1000, echo_over_polling_stream},
    {"write-64k", "64 KiB written to a stream as fast as they are read", 400, write_to_stream},
    {"null-call", "an RPC of nothing", 500, call_nothing},
    {"null-call-polling", "the same by guests that poll", 500, call_nothing_polling},
    {"null-call-pipe", "the same over KJ's pipe in memory", 500, call_nothing_over_pipe},
    {"blob-1m", "an RPC that returns 1 MiB, read where it lies in a ring of 4 MiB", 100,
     read_blobs},
};

}  // namespace

std::span<const workload> workloads() { return all; }

}  // namespace v4v::bench
