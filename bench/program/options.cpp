#include "options.hpp"

#include <algorithm>
#include <iterator>

#include "measure/columns.hpp"

namespace v4v::bench {
namespace {

struct known_suite {
  const char* name;
  const char* what;
  bool between_programs;  // can be measured with --connect
};

constexpr known_suite suites[] = {
    {"latency", "Round trips of 64 B, 1 KiB and 64 KiB: streams, sockets, and the floors", true},
    {"throughput", "Writes of 64 B to 4 MiB: streams, sockets, memcpy", true},
    {"messages", "Small messages: streams and datagrams, in one thread and more", false},
    {"rpc", "Calls, blobs and streaming calls: v4v::rpc, KJ, gRPC", true},
    {"hypercall", "What the hypervisor side takes: sends, questions, rules, rings", false},
    {"scale", "1 to 1,024 connections, idle and active; many senders; memory", false},
};

constexpr const char* description =
    "How fast v4v is, beside what one would use instead, and beside what the machine can do.\n"
    "\n"
    "  v4v-bench all --quick --pin          all of it, in a minute and a half\n"
    "  v4v-bench latency rpc --full --pin   two suites, every size, more turns\n"
    "  v4v-bench all --json run.json --plots run    and a report for a browser\n"
    "  v4v-bench plot run.json --plots run          the same from a run that was kept\n"
    "\n"
    "All that is compared takes turns in one run, with the same code above it, between two "
    "threads\n"
    "of this program, each of which is a domain of a hypervisor inside it: a hypercall is a "
    "function\n"
    "call. Ratios are taken within a turn, and survive a change of machine better than figures "
    "do.\n"
    "Modes of v4v:\n"
    "  poll       looks for events for 200 us before it sleeps\n"
    "  sleep      sleeps at once\n"
    "  adaptive   looks while that pays off (the default of guests)\n"
    "\n"
    "In two virtual machines, of which the first is domain 3:\n"
    "  v4v-bench --serve\n"
    "  v4v-bench latency throughput rpc --connect 3\n";

constexpr int quick_repetitions = 3;
constexpr int full_repetitions = 5;
constexpr int quick_milliseconds = 40;
constexpr int full_milliseconds = 150;

std::string column_of(const std::string& mode) { return "v4v " + mode; }

void add_suites(CLI::App& app, options& o) {
  app.fallthrough();  // the suites take this over: options may come behind them
  const auto add = [&](const char* name, const char* what) {
    app.add_subcommand(name, what)->group("Suites");
  };
  for (const known_suite& s : suites)
    add(s.name, s.what);
  add("all", "All of these");
  CLI::App* const plot =
      app.add_subcommand("plot", "Measure nothing: draw what an earlier run wrote with --json");
  plot->group("Others");
  plot->add_option("FILE", o.plotted, "The JSON of that run")->required()->check(CLI::ExistingFile);
  app.require_subcommand(0, 0);
}

void add_options(CLI::App& app, options& o, std::vector<std::string>& modes) {
  app.add_flag_callback(
      "--quick", [] {}, "Few sizes, 3 turns of 40 ms (the default): all in at most 90 seconds");
  app.add_flag("--full", o.full, "All sizes, 5 turns of 150 ms: all in at most ten minutes");
  app.get_option("--quick")->excludes("--full");
  app.add_flag("--pin", o.pin, "Bind the two threads of a measurement to a processor each");
  app.add_option("--mode", modes, "Of v4v: poll, sleep, adaptive; several by commas")
      ->delimiter(',')
      ->default_str("poll,sleep")
      ->check(CLI::IsMember({"poll", "sleep", "adaptive"}));
  app.add_option("--sizes", o.sizes, "Instead of each suite's own: 64,4K,1M")
      ->delimiter(',')
      ->type_name("BYTES")
      ->transform(CLI::AsSizeValue{false})
      ->check(CLI::Range(std::size_t{1}, std::size_t{64} << 20));
  app.add_option("--peers", o.peers, "What to compare with, by commas; none: only v4v")
      ->delimiter(',')
      ->default_str("unix,tcp,kj,grpc,floors")
      ->check(CLI::IsMember({"unix", "tcp", "kj", "grpc", "floors", "none"}));
  app.add_option("--only", o.only, "Only figures whose name has this in it, as \"null call\"")
      ->type_name("TEXT");
  app.add_option("--repetitions,--turns", o.repetitions, "How often each is measured")
      ->default_str("3, with --full 5")
      ->check(CLI::Range(1, 10'000));
  app.add_option_function<int>(
         "--milliseconds", [&o](int n) { o.least = std::chrono::milliseconds{n}; },
         "How long each measurement lasts, at least")
      ->default_str("40, with --full 150")
      ->check(CLI::Range(1, 3'600'000));
  app.add_option("--rounds", o.rounds,
                 "So many rounds in each measurement, however long that lasts")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 24));
  app.add_flag("--untouched", o.untouched,
               "Receivers of blobs do not read one byte of each cache line, as they do otherwise");
  app.add_option("--json", o.json, "Write all samples there, for scripts")->type_name("FILE");
  app.add_option("--plots", o.plots, "Make PNG and SVG pictures and report.html there")
      ->type_name("DIR");
}

void choose(options& o, std::vector<std::string> modes) {
  if (modes.empty()) modes = {"poll", "sleep"};
  for (const char* column : column::modes) {
    for (const std::string& mode : modes)
      if (column_of(mode) == column) o.modes.emplace_back(column);
  }
  if (o.peers.empty()) o.peers.assign(std::begin(beside::all), std::end(beside::all));
}

// What is wrong with it all together, if something is.
std::optional<std::string> contradiction(const options& o) {
  if (o.has_peer("none") && o.peers.size() != 1) return "--peers none goes with no other";
  if (!o.plotted.empty()) {
    if (!o.suites.empty()) return "plot measures nothing: " + o.suites.front() + " is too much";
    if (o.plots.empty()) return "plot needs to know where: --plots DIR";
    return std::nullopt;
  }
  if (o.role->serves()) {
    if (!o.suites.empty()) return "--serve measures nothing: " + o.suites.front() + " is too much";
    return std::nullopt;
  }
  if (o.suites.empty()) return "what is to be measured? A suite is missing, or all";
  if (!o.role->connects()) return std::nullopt;
  for (const known_suite& s : suites) {
    if (!s.between_programs && o.wants(s.name))
      return std::string{"--connect cannot measure "} + s.name +
             ": only latency, throughput and rpc are between two programs";
  }
  return std::nullopt;
}

}  // namespace

bool options::wants(const char* name) const {
  return std::find(suites.begin(), suites.end(), name) != suites.end();
}

std::optional<int> parse(int argc, char** argv, options& o) {
  CLI::App app(description);
  std::vector<std::string> modes;
  add_suites(app, o);
  add_options(app, o, modes);
  o.role.emplace(app, "v4v-bench --serve");
  for (const auto* name : {"--pin", "--mode", "--peers"})
    app.get_option(name)->excludes(o.role->serve())->excludes(o.role->connect());
  for (const auto* name : {"--quick", "--full", "--sizes", "--only", "--repetitions", "--rounds",
                           "--milliseconds", "--json", "--plots"})
    app.get_option(name)->excludes(o.role->serve());
  try {
    app.parse(argc, argv);
    for (const known_suite& s : suites) {
      if (app.got_subcommand(s.name) || app.got_subcommand("all")) o.suites.emplace_back(s.name);
    }
    if (const auto wrong = contradiction(o)) throw CLI::ValidationError(*wrong);
  } catch (const CLI::ParseError& e) {
    return app.exit(e);
  }
  o.command = "v4v-bench";
  for (int i = 1; i < argc; ++i)
    o.command += std::string{' '} + argv[i];
  std::sort(o.sizes.begin(), o.sizes.end());
  o.sizes.erase(std::unique(o.sizes.begin(), o.sizes.end()), o.sizes.end());
  if (app.count("--repetitions") == 0)
    o.repetitions = o.full ? full_repetitions : quick_repetitions;
  if (app.count("--milliseconds") == 0)
    o.least = std::chrono::milliseconds{o.full ? full_milliseconds : quick_milliseconds};
  choose(o, std::move(modes));
  return std::nullopt;
}

}  // namespace v4v::bench
