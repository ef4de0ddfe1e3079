// What Cap'n Proto calls between two domains cost, beside KJ's own loop and gRPC over UNIX sockets.

#include <kj/exception.h>

#include <cstdio>
#include <exception>
#include <optional>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "far_peer.hpp"
#include "grpc.hpp"
#include "measure/conditions.hpp"
#include "measure/json.hpp"
#include "measure/pinning.hpp"
#include "measure/tables.hpp"
#include "measure/turns.hpp"
#include "options.hpp"
#include "plan.hpp"
#include "ratios.hpp"
#include "roles/rpc_error.hpp"

namespace v4v::bench {
namespace {

void print(const conditions& c, const options& o) {
  print(c);
  if (o.role->connects()) fmt::print("To domain {}:\n", o.role->domain());
  fmt::print("{} repetitions of {} rounds and of {} MiB, rings of {} KiB, threads {}\n",
             o.repetitions, o.rounds, o.mebibytes, o.ring_size / 1024,
             o.pin ? "pinned" : "not pinned");
  fmt::print(
      "Blobs are referred to by Cap'n Proto's messages, not copied into them; receivers {}.\n",
      o.touch ? "read a byte of each cache line" : "do not look at them");
  if (!o.role->connects()) fmt::print("gRPC: {}\n", grpc_version());
  std::fflush(stdout);
}

void run(const options& o) {
  std::optional<json_file> json;
  if (!o.json.empty()) json.emplace(o.json);
  const conditions c = conditions_now();
  print(c, o);
  if (o.pin) enable_pinning();
  const payload of_run{o.received()};
  const results r = take_turns(plan(o, of_run), o.repetitions);
  const auto ratios = ratios_of(r);
  print_ratios(ratios);
  print_figures(r);
  warn_of_shared_processor(r, figure::cache_line);
  if (json)
    json->write(c,
                {{"role", o.role->connects() ? "client" : "both ends"},
                 {"pinned", o.pin},
                 {"rounds", o.rounds},
                 {"repetitions", o.repetitions},
                 {"mebibytes", o.mebibytes},
                 {"ring_size", o.ring_size},
                 {"touch", o.touch},
                 {"grpc", grpc_version()}},
                r, ratios);
}

}  // namespace
}  // namespace v4v::bench

int main(int argc, char** argv) {
  v4v::bench::options options;
  if (const auto status = v4v::bench::parse(argc, argv, options)) return *status;
  try {
    if (options.role->serves()) {
      v4v::bench::serve_far_peers(options.ring_size, v4v::bench::payload{options.received()});
    } else {
      v4v::bench::run(options);
    }
    return 0;
  } catch (const kj::Exception& e) {
    fmt::print(stderr, "v4v-rpc-bench: {}\n", roles::explain(e, *options.role));
  } catch (const std::exception& e) {
    fmt::print(stderr, "v4v-rpc-bench: {}\n", e.what());
  }
  return 1;
}
