// Workloads whose instructions scripts/instructions counts.

#include <kj/exception.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "workloads.hpp"

namespace v4v::bench {
namespace {

std::string about() {
  std::string text =
      "Does one thing so many times, always in the same way, in one thread and with a clock that\n"
      "goes on when it is asked; and measures nothing. It is for scripts/instructions, which "
      "counts what a "
      "round\n"
      "takes with Valgrind: as the difference between COUNT rounds and twice as many. One round "
      "of\n";
  for (const auto& w : workloads())
    text += fmt::format("  {:<20}{}\n", w.name, w.what);
  return text;
}

void list_workloads() {
  for (const auto& w : workloads())
    fmt::print("{} {}\n", w.name, w.rounds);
}

void run(const std::string& name, int rounds) {
  const auto all = workloads();
  std::find_if(all.begin(), all.end(), [&](const auto& w) { return w.name == name; })->run(rounds);
}

}  // namespace
}  // namespace v4v::bench

int main(int argc, char** argv) {
  std::vector<std::string> names;
  for (const auto& w : v4v::bench::workloads())
    names.emplace_back(w.name);
  std::string name;
  int rounds = 0;
  CLI::App app{v4v::bench::about()};
  app.add_option("WORKLOAD", name, "One of those above")->required()->check(CLI::IsMember(names));
  app.add_option("COUNT", rounds, "How many rounds, and 100 before them to be warm")
      ->required()
      ->check(CLI::Range(1, 10'000'000));
  app.add_flag_callback(
      "--list",
      [] {
        v4v::bench::list_workloads();
        throw CLI::Success{};
      },
      "Print their names, and the COUNT that is enough for each under Valgrind");
  CLI11_PARSE(app, argc, argv);
  try {
    v4v::bench::run(name, rounds);
    return 0;
  } catch (const kj::Exception& e) {
    fmt::print(stderr, "v4v-instructions: {}: {}\n", name, e.getDescription().cStr());
  } catch (const std::exception& e) {
    fmt::print(stderr, "v4v-instructions: {}: {}\n", name, e.what());
  }
  return 1;
}
