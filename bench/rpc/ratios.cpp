#include "ratios.hpp"

#include "columns.hpp"
#include "options.hpp"

namespace v4v::bench {
namespace {

constexpr const char* blobs_wanted = "polling 4";

constexpr ratio_definition beside_kj(const char* name, const char* rate, const char* wanted) {
  return {name, {rate}, {rate, column::kj}, wanted};
}

constexpr ratio_definition beside_grpc(const char* name, const char* rate) {
  return {name, {rate}, {rate, column::grpc}};
}

constexpr ratio_definition definitions[] = {
    {"null call: times faster than KJ",
     {figure::null_call, column::kj},
     {figure::null_call},
     "polling 7 (10), sleeping 1"},
    {"null call: times faster than gRPC",
     {figure::null_call, column::grpc},
     {figure::null_call},
     "polling 12"},
    {"null call: times faster than gRPC that spins",
     {figure::null_call, column::grpc_spinning},
     {figure::null_call}},
    {"null call, p99: times faster than KJ",
     {figure::null_call_p99, column::kj},
     {figure::null_call_p99}},
    {"null call, p99: times faster than gRPC",
     {figure::null_call_p99, column::grpc},
     {figure::null_call_p99}},
    {"null call: times that in one thread", {figure::null_call}, {figure::null_call, column::pipe}},
    {"null call: times that of a cache line",
     {figure::null_call},
     {figure::cache_line, column::floor}},
    beside_kj("64 calls in flight: times the rate of KJ", figure::pipelined, "polling 2"),
    beside_grpc("64 calls in flight: times the rate of gRPC", figure::pipelined),
    beside_kj("read of 64 KiB: times the rate of KJ", figure::reads[0], blobs_wanted),
    beside_kj("read of 256 KiB: times the rate of KJ", figure::reads[1], blobs_wanted),
    beside_kj("read of 1 MiB: times the rate of KJ", figure::reads[2], blobs_wanted),
    beside_kj("read of 8 MiB: times the rate of KJ", figure::reads[3], blobs_wanted),
    beside_grpc("read of 64 KiB: times the rate of gRPC", figure::reads[0]),
    beside_grpc("read of 256 KiB: times the rate of gRPC", figure::reads[1]),
    beside_grpc("read of 1 MiB: times the rate of gRPC", figure::reads[2]),
    beside_grpc("read of 8 MiB: times the rate of gRPC", figure::reads[3]),
    beside_kj("write of 64 KiB: times the rate of KJ", figure::writes[0], blobs_wanted),
    beside_kj("write of 256 KiB: times the rate of KJ", figure::writes[1], blobs_wanted),
    beside_kj("write of 1 MiB: times the rate of KJ", figure::writes[2], blobs_wanted),
    beside_kj("write of 8 MiB: times the rate of KJ", figure::writes[3], blobs_wanted),
    beside_grpc("write of 64 KiB: times the rate of gRPC", figure::writes[0]),
    beside_grpc("write of 256 KiB: times the rate of gRPC", figure::writes[1]),
    beside_grpc("write of 1 MiB: times the rate of gRPC", figure::writes[2]),
    beside_grpc("write of 8 MiB: times the rate of gRPC", figure::writes[3]),
    beside_kj("pushes of 64 KiB: times the rate of KJ", figure::push, nullptr),
    beside_grpc("pushes of 64 KiB: times the rate of gRPC", figure::push),
};

}  // namespace

std::vector<ratio> ratios_of(const results& r) { return ratios_of(r, definitions); }

}  // namespace v4v::bench
