#include "measure/columns.hpp"
#include "suite.hpp"

namespace v4v::bench {
namespace {

constexpr const char* blobs_wanted = "poll 4";
constexpr const char* in_long_rings_read = "read, rings of four times";
constexpr const char* in_long_rings_write = "write, rings of four times";

constexpr place kib(double n) { return {n * 1024, "B"}; }

constexpr ratio_definition null_call_beside(const char* name, const char* column, bool headline,
                                            const char* wanted = nullptr) {
  return {"rpc", name, {"null call", {}, column}, {"null call"}, headline, wanted};
}

constexpr ratio_definition calls_beside(const char* name, const char* column, bool headline,
                                        const char* wanted = nullptr) {
  constexpr const char* figure = "calls, 64 in flight";
  return {"rpc", name, {figure}, {figure, {}, column}, headline, wanted};
}

/// v4v in rings that are long enough beside another RPC.
constexpr ratio_definition blobs_beside(const char* name, const char* figure, const char* peers,
                                        place size, const char* column, bool headline = false,
                                        const char* wanted = nullptr) {
  return {"rpc", name, {figure, size}, {peers, size, column}, headline, wanted};
}

constexpr ratio_definition definitions[] = {
    null_call_beside("null call: times faster than KJ over a UNIX socket", column::kj, true,
                     "poll 7 (10), sleep 1"),
    null_call_beside("null call: times faster than gRPC over a UNIX socket", column::grpc, true,
                     "poll 12"),
    null_call_beside("null call: times faster than gRPC that spins", column::grpc_spin, true),
    {"rpc", "null call: times that in one thread", {"null call"}, {"null call", {}, "one thread"}},
    calls_beside("64 calls in flight: times the rate of KJ", column::kj, true, "poll 2"),
    calls_beside("64 calls in flight: times the rate of gRPC", column::grpc, false),
    {"rpc",
     "streaming calls of 64 KiB: times the rate of KJ",
     {"streaming calls of 64 KiB"},
     {"streaming calls of 64 KiB", {}, column::kj}},
    {"rpc",
     "streaming calls of 64 KiB: times the rate of gRPC",
     {"streaming calls of 64 KiB"},
     {"streaming calls of 64 KiB", {}, column::grpc}},
    blobs_beside("read of 64 KiB: times the rate of KJ", "read", "read", kib(64), column::kj, false,
                 blobs_wanted),
    blobs_beside("read of 1 MiB, rings of 4 MiB: times the rate of KJ", in_long_rings_read, "read",
                 kib(1024), column::kj, true, blobs_wanted),
    blobs_beside("read of 8 MiB, rings of 16 MiB: times the rate of KJ", in_long_rings_read, "read",
                 kib(8192), column::kj, false, blobs_wanted),
    blobs_beside("read of 1 MiB in usual rings: times the rate of KJ", "read", "read", kib(1024),
                 column::kj),
    blobs_beside("read of 8 MiB in usual rings: times the rate of KJ", "read", "read", kib(8192),
                 column::kj),
    blobs_beside("read of 1 MiB, rings of 4 MiB: times the rate of gRPC", in_long_rings_read,
                 "read", kib(1024), column::grpc),
    blobs_beside("write of 64 KiB: times the rate of KJ", "write", "write", kib(64), column::kj,
                 false, blobs_wanted),
    blobs_beside("write of 1 MiB, rings of 4 MiB: times the rate of KJ", in_long_rings_write,
                 "write", kib(1024), column::kj, false, blobs_wanted),
    blobs_beside("write of 8 MiB, rings of 16 MiB: times the rate of KJ", in_long_rings_write,
                 "write", kib(8192), column::kj, false, blobs_wanted),
    blobs_beside("write of 1 MiB in usual rings: times the rate of KJ", "write", "write", kib(1024),
                 column::kj),
    blobs_beside("write of 1 MiB, rings of 4 MiB: times the rate of gRPC", in_long_rings_write,
                 "write", kib(1024), column::grpc),
};

}  // namespace

std::span<const ratio_definition> rpc_ratios() { return definitions; }

}  // namespace v4v::bench
