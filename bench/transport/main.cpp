// What streams between two domains cost, beside sockets and beside what the machine can do.

#include <cstdio>
#include <exception>
#include <optional>

#include <fmt/core.h>

#include "columns.hpp"
#include "conditions.hpp"
#include "json.hpp"
#include "options.hpp"
#include "pinning.hpp"
#include "plan.hpp"
#include "progress.hpp"
#include "ratios.hpp"
#include "results.hpp"
#include "samples.hpp"
#include "tables.hpp"

namespace v4v::bench {
namespace {

void print(const conditions& c, const options& o) {
  fmt::print("{}, {} processors, {}, {}, load {:.2f}\n", c.processor, c.processors, c.kernel,
             c.compiler, c.load);
  fmt::print("{} repetitions of {} rounds, {} idle connections, threads {}\n", o.repetitions,
             o.rounds, o.idle_connections, o.pin ? "pinned" : "not pinned");
  std::fflush(stdout);
}

// Two threads on a processor each need less than a microsecond for a cache line's round trip, on
// one processor a turn of the scheduler.
void warn_of_shared_processor(const results& r) {
  const series* const line = r.find(figure::cache_line, column::floor);
  if (line == nullptr || summary{line->samples}.max < 10) return;
  fmt::print(
      "\nThe two threads shared a processor at least once. Is the machine busy? Try --pin.\n");
}

results measure(const options& o) {
  results r;
  progress shown;
  shown.show("connecting");
  const auto steps = plan(o);
  for (int i = 0; i < o.repetitions; ++i) {  // in turn, so that a slow moment is one for all
    for (const step& s : steps) {
      if (s.only_once && i != 0) continue;
      shown.show(
          fmt::format("repetition {} of {}: {}, {}", i + 1, o.repetitions, s.figure, s.column));
      r.add(s.figure, s.column, s.unit, s.measure());
    }
  }
  return r;
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
  warn_of_shared_processor(r);
  if (json) json->write(c, o, r, ratios);
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
