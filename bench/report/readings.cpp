#include "report/readings.hpp"

#include <array>

namespace v4v::bench::report {
namespace {

struct reading {
  std::string_view suite;
  std::string_view name;  // Empty: the suite. A figure may go on behind it.
  std::string_view words;
};

constexpr std::array readings{
    reading{"latency", "",
            "How long one message takes there and back, with nothing else under way. Polling "
            "spends a processor "
            "to save the wake-up, sleeping gives it back: compare each with a peer that does the "
            "same."},
    reading{"latency", "round trip",
            "A message of this size is sent, the other end sends as much back, and the next goes "
            "when that has "
            "come. Every round is timed; percentiles are of all rounds, not of averages."},
    reading{"latency", "floor: cache line",
            "Two threads hand one cache line to each other: no message between two processors can "
            "be faster."},
    reading{
        "latency", "floor: eventfd",
        "Two threads wake each other by eventfd: no message that wakes a sleeper can be faster."},
    reading{"throughput", "",
            "One end writes as fast as it can, in pieces of this size, and the other reads. memcpy "
            "of pieces of "
            "the same size is what one copy costs, on one processor: in 64 MiB of memory, and in "
            "the cache."},
    reading{"throughput", "writes, rings of",
            "The same with larger rings, which hold more before the sender waits."},
    reading{"throughput", "writes, read as views",
            "The same, but that the reader looks at the bytes where they lie in the ring, and "
            "copies none."},
    reading{
        "messages", "",
        "Small messages, many of them under way. What one message costs, not how long it takes."},
    reading{
        "messages", "messages of 64 B",
        "Each thread does the work of both ends of a connection of its own: what a message costs "
        "a processor, with no wake-up. Messages a second of all threads together; more threads "
        "than processors take turns on them."},
    reading{"messages", "pipelined messages of 64 B",
            "Sent without waiting for those before to be read."},
    reading{"rpc", "",
            "Cap'n Proto over v4v, beside Cap'n Proto's own event loop and gRPC, both over UNIX "
            "sockets. One "
            "thread is the same call without any transport: what is above it is the transport's."},
    reading{"rpc", "null call",
            "A call without arguments or results, one at a time; every call is timed."},
    reading{"rpc", "calls, 64 in flight", "Calls a second when 64 are always under way."},
    reading{
        "rpc", "read, rings of four times",
        "The same in rings that hold four such blobs, up to 16 MiB: each is read where it lies."},
    reading{
        "rpc", "write, rings of four times",
        "The same in rings that hold four such blobs, up to 16 MiB: each is read where it lies."},
    reading{"rpc", "read", "The result of a call is a blob of this size; rings of 256 KiB."},
    reading{"rpc", "write", "The argument of a call is a blob of this size; rings of 256 KiB."},
    reading{"rpc", "streaming calls", "Calls with data, as many under way as flow control lets."},
    reading{"hypercall", "",
            "What the hypervisor side costs by itself, without transport and without anybody who "
            "has to wake up."},
    reading{"hypercall", "sendv of 64 B, by vectors", "64 B gathered from so many pieces."},
    reading{"hypercall", "sendv behind rules",
            "A message is sent when so many rules are looked at first."},
    reading{"hypercall", "sendv",
            "A message of this size is copied into a ring. memcpy is the copy alone."},
    reading{"hypercall", "notify", "The room in so many rings is asked for in one call."},
    reading{"scale", "",
            "What becomes of the figures above when there are many connections or domains."},
    reading{
        "scale", "round trip beside idle connections",
        "A round trip of one connection while so many others are open and silent: flat is good."},
    reading{"scale", "messages over active connections",
            "Messages a second in all, spread over so many connections."},
    reading{"scale", "messages from sender domains",
            "Messages a second in all, from so many domains to one."},
    reading{
        "scale", "memory per connection",
        "What each connection takes of memory, both ends and their rings, when so many have been "
        "used. What the kernel holds for a UNIX socket is not counted: no program can see it."},
};

}  // namespace

std::string_view reading_of_suite(std::string_view suite) {
  for (const reading& r : readings)
    if (r.suite == suite && r.name.empty()) return r.words;
  return {};
}

std::string_view reading_of_figure(std::string_view suite, std::string_view name) {
  for (const reading& r : readings)
    if (r.suite == suite && !r.name.empty() && name.starts_with(r.name)) return r.words;
  return {};
}

}  // namespace v4v::bench::report
