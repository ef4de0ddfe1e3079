#include "measure/columns.hpp"
#include "suites.hpp"

namespace v4v::bench {
namespace {

constexpr place bytes(double n) { return {n, "B"}; }

// Times faster.
constexpr ratio_definition round_trip_beside(const char* name, double size, const char* column,
                                             bool headline = false, const char* wanted = nullptr) {
  return {"latency", name,  {"round trip", bytes(size), column}, {"round trip", bytes(size)},
          headline,  wanted};
}

// Times the rate.
constexpr ratio_definition writes_beside_unix(const char* name, const char* figure, double size,
                                              bool headline = false, const char* wanted = nullptr) {
  return {"throughput", name,  {figure, bytes(size)}, {"writes", bytes(size), column::unix_socket},
          headline,     wanted};
}

constexpr double kib = 1024;
constexpr double mib = 1024 * kib;

constexpr ratio_definition definitions[] = {
    round_trip_beside("round trip of 64 B: times faster than a UNIX socket", 64,
                      column::unix_socket, true, "poll 25, sleep 1"),
    round_trip_beside("round trip of 1 KiB: times faster than a UNIX socket", kib,
                      column::unix_socket),
    round_trip_beside("round trip of 64 KiB: times faster than a UNIX socket", 64 * kib,
                      column::unix_socket),
    round_trip_beside("round trip of 64 B: times faster than a UNIX socket that polls", 64,
                      column::unix_poll, true),
    round_trip_beside("round trip of 64 B: times faster than TCP", 64, column::tcp),
    {"latency",
     "round trip of 64 B: times that of a cache line",
     {"round trip", bytes(64)},
     {"floor: cache line", {}, column::floor},
     false,
     "poll at most 12 (8)"},
    {"latency",
     "round trip of 64 B: times that of an eventfd",
     {"round trip", bytes(64)},
     {"floor: eventfd", {}, column::floor},
     false,
     "sleep at most 1.2"},
    writes_beside_unix("writes of 64 KiB: times the rate of a UNIX socket", "writes", 64 * kib,
                       true, "poll 3"),
    writes_beside_unix("writes of 1 MiB: times the rate of a UNIX socket", "writes", mib),
    writes_beside_unix("writes of 64 KiB, rings of 4 MiB: times the rate of a UNIX socket",
                       "writes, rings of 4 MiB", 64 * kib),
    writes_beside_unix("writes of 64 KiB, read as views: times the rate of a UNIX socket",
                       "writes, read as views", 64 * kib),
    {"throughput",
     "writes of 64 KiB, read as views: share of memcpy's rate in 64 MiB",
     {"writes, read as views", bytes(64 * kib)},
     {"writes", bytes(64 * kib), column::memcpy},
     false,
     "poll 0.6"},
    {"throughput",
     "writes of 64 KiB, read as views: share of memcpy's rate in cache",
     {"writes, read as views", bytes(64 * kib)},
     {"writes", bytes(64 * kib), column::memcpy_in_cache}},
    {"messages",
     "pipelined messages of 64 B: times the rate of a UNIX socket",
     {"pipelined messages of 64 B"},
     {"pipelined messages of 64 B", {}, column::unix_socket},
     true,
     "poll 8"},
    {"messages",
     "pipelined datagrams of 64 B: times the rate of UNIX datagrams",
     {"pipelined datagrams of 64 B"},
     {"pipelined datagrams of 64 B", {}, column::unix_socket},
     true},
    {"messages",
     "messages of 64 B, streams in two threads: times those in one",
     {"messages of 64 B", place{2, "threads"}, column::v4v_stream},
     {"messages of 64 B", place{1, "threads"}, column::v4v_stream}},
    {"messages",
     "messages of 64 B, datagrams in two threads: times those in one",
     {"messages of 64 B", place{2, "threads"}, column::v4v_datagram},
     {"messages of 64 B", place{1, "threads"}, column::v4v_datagram}},
    {"scale",
     "round trip among 1,024 connections: times that of one alone",
     {"round trip beside idle connections", place{1024, "connections"}},
     {"round trip beside idle connections", place{1, "connections"}},
     true,
     "at most 1.1"},
    {"scale",
     "messages over 1,024 connections: times the rate of UNIX sockets",
     {"messages over active connections", place{1024, "connections"}},
     {"messages over active connections", place{1024, "connections"}, column::unix_socket}},
};

}  // namespace

std::span<const ratio_definition> transport_ratios() { return definitions; }

}  // namespace v4v::bench
