// What streams between two domains cost, beside sockets and beside what the machine can do.

#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <system_error>

#include <fmt/core.h>

#include <asio/io_context.hpp>
#include <nlohmann/json.hpp>
#include <v4v/guest.hpp>
#include <v4v/open_link.hpp>

#include "far_service.hpp"
#include "measure/conditions.hpp"
#include "measure/json.hpp"
#include "measure/pinning.hpp"
#include "measure/tables.hpp"
#include "measure/turns.hpp"
#include "options.hpp"
#include "plan.hpp"
#include "ratios.hpp"
#include "roles/until_signal.hpp"

namespace v4v::bench {
namespace {

void print(const conditions& c, const options& o) {
  print(c);
  if (o.role->connects())
    fmt::print("{} repetitions of {} rounds, to domain {}\n", o.repetitions, o.rounds,
               o.role->domain());
  else
    fmt::print("{} repetitions of {} rounds, {} idle connections, threads {}\n", o.repetitions,
               o.rounds, o.idle_connections, o.pin ? "pinned" : "not pinned");
  std::fflush(stdout);
}

// What is between this domain and that of the service, or between the two of this program.
results measure(const options& o) {
  if (!o.role->connects()) return take_turns(plan(o), o.repetitions);
  asio::io_context io{1};
  guest here{io, open_link()};
  const endpoint service{o.role->domain(), far_port};
  try {
    far_stream to_service{io, here, service};
    return take_turns(plan(o, to_service), o.repetitions);
  } catch (const std::system_error& e) {
    throw std::runtime_error(fmt::format("domain {} port {}: {}{}", service.domain(),
                                         service.port(), e.code().message(),
                                         o.role->how_to_start()));
  }
}

void serve() {
  asio::io_context io{1};
  guest here{io, open_link()};
  const far_service service{here};
  roles::serve_until_signal(io, here.domain());
}

void run(const options& o) {
  std::optional<json_file> json;
  if (!o.json.empty()) json.emplace(o.json);
  const conditions c = conditions_now();
  print(c, o);
  if (o.pin) enable_pinning();
  const results r = measure(o);
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
                 {"idle_connections", o.idle_connections},
                 {"idle_seconds", o.idle_seconds}},
                r, ratios);
}

}  // namespace
}  // namespace v4v::bench

int main(int argc, char** argv) {
  v4v::bench::options options;
  if (const auto status = v4v::bench::parse(argc, argv, options)) return *status;
  try {
    if (options.role->serves())
      v4v::bench::serve();
    else
      v4v::bench::run(options);
    return 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "v4v-transport-bench: {}\n", e.what());
    return 1;
  }
}
