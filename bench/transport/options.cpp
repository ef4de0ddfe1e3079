#include "options.hpp"

#include <CLI/CLI.hpp>

namespace v4v::bench {

std::optional<int> parse(int argc, char** argv, options& o) {
  CLI::App app(
      "What streams between two domains cost, one thread each, in three modes:\n"
      "  polling    looks for events for 200 us before it sleeps\n"
      "  adaptive   looks while that pays off (the default of guests)\n"
      "  sleeping   sleeps at once\n"
      "beside a UNIX socket and TCP on loopback, with the same coroutines above all of them; and "
      "the\n"
      "floors: what two threads and memcpy do on this machine. All take turns, so that a slow "
      "moment\n"
      "of the machine is one for all. A ratio is taken within each turn. It takes half a minute.\n"
      "The scheduler of a machine that has other work, too, may put both threads on one "
      "processor,\n"
      "which is another measurement; --pin keeps it from that.\n"
      "In two virtual machines, of which the first is domain 3:\n"
      "  v4v-transport-bench --serve\n"
      "  v4v-transport-bench --connect 3   round trips of 64 B, 1 KiB and 64 KiB, and writes of 64 "
      "KiB,\n"
      "                                    with the default of guests at both ends");
  o.role.emplace(app, "v4v-transport-bench --serve");
  app.add_option("--rounds", o.rounds,
                 "Round trips in one measurement (beside idle connections a tenth of that), writes "
                 "of 64 KiB; "
                 "and 32 times as many messages")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000'000));
  o.add_to(app, {figure::round_trip, figure::long_round_trip, figure::messages, figure::writes,
                 figure::writes_large_ring, figure::views, figure::views_large_ring,
                 figure::beside_idle, figure::idle_cpu, figure::cache_line, figure::eventfd,
                 figure::memcpy_l2, figure::memcpy_64m});
  app.add_option("--idle-connections", o.idle_connections,
                 "How many connections are idle beside the one that is measured")
      ->capture_default_str()
      ->check(CLI::Range(1, 16'000));
  app.add_option("--idle-seconds", o.idle_seconds, "How long an idle connection is watched")
      ->capture_default_str()
      ->check(CLI::Range(0.01, 3600.0));
  for (const auto* name : {"--only", "--pin", "--idle-connections", "--idle-seconds"})
    app.get_option(name)->excludes(o.role->serve())->excludes(o.role->connect());
  for (const auto* name : {"--rounds", "--repetitions", "--json"})
    app.get_option(name)->excludes(o.role->serve());
  return parse(app, argc, argv);
}

}  // namespace v4v::bench
