// What streams between two domains cost, beside sockets and beside what the machine can do.

#include <cstdio>
#include <exception>
#include <optional>

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "measure/conditions.hpp"
#include "measure/json.hpp"
#include "measure/pinning.hpp"
#include "measure/tables.hpp"
#include "measure/turns.hpp"
#include "options.hpp"
#include "plan.hpp"
#include "ratios.hpp"

namespace v4v::bench {
namespace {

void print(const conditions& c, const options& o) {
  fmt::print("{}, {} processors, {}, {}, load {:.2f}\n", c.processor, c.processors, c.kernel,
             c.compiler, c.load);
  fmt::print("{} repetitions of {} rounds, {} idle connections, threads {}\n", o.repetitions,
             o.rounds, o.idle_connections, o.pin ? "pinned" : "not pinned");
  std::fflush(stdout);
}

void run(const options& o) {
  std::optional<json_file> json;
  if (!o.json.empty()) json.emplace(o.json);
  const conditions c = conditions_now();
  print(c, o);
  if (o.pin) enable_pinning();
  const results r = take_turns(plan(o), o.repetitions);
  const auto ratios = ratios_of(r);
  print_ratios(ratios);
  print_figures(r);
  warn_of_shared_processor(r, figure::cache_line);
  if (json)
    json->write(c,
                {{"pinned", o.pin},
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
    v4v::bench::run(options);
    return 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "v4v-transport-bench: {}\n", e.what());
    return 1;
  }
}
