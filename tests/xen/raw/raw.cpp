// V4V hypercalls of a guest of Xen, made one by one through /dev/xen/privcmd: for the test from end
// to end, which has other programs for what is built on them.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <functional>
#include <optional>

#include "commands.hpp"
#include "interruption.hpp"
#include "privcmd.hpp"

namespace {

using namespace v4v::raw;

using command = std::function<void(hypervisor&)>;

void add_info(CLI::App& app, command& chosen) {
  app.add_subcommand("info", "Print what info says")->callback([&] { chosen = show_info; });
}

void add_listen(CLI::App& app, command& chosen, listening& how) {
  auto* const c = app.add_subcommand("listen", "Print the messages that come to a port");
  c->add_option("port", how.port, "The port")->required();
  c->add_option("--partner", how.partner, "The only domain that may send; without: any");
  c->add_option("--count", how.count, "How many messages to wait for")->capture_default_str();
  c->add_option("--seconds", how.seconds, "How long to wait; without: as long as it takes");
  c->callback([&] { chosen = [&](hypervisor& hv) { listen(hv, how); }; });
}

void add_send(CLI::App& app, command& chosen, sending& how) {
  auto* const c = app.add_subcommand("send", "Send a message");
  c->add_option("domain", how.to.domain, "To which domain")->required();
  c->add_option("port", how.to.port, "To which port")->required();
  c->add_option("--from", how.from, "From which port, as is claimed")->capture_default_str();
  c->add_option("--text", how.text, "The payload")->capture_default_str();
  c->add_option("--expect", how.expected, "The error that must come, by name, as ECONNREFUSED");
  c->callback([&] { chosen = [&](hypervisor& hv) { send_one(hv, how); }; });
}

void add_domain(CLI::App& c, std::optional<std::uint16_t>& number) {
  c.add_option("--domain", number, "This domain's number; without: what the processor says");
}

}  // namespace

int main(int argc, char** argv) {
  // Who reads along, on a console or through a pipe, sees how far it has come.
  std::setvbuf(stdout, nullptr, _IOLBF, 0);

  CLI::App app("V4V hypercalls of a guest of Xen. Exits with 0 if all was as v4v/abi.h says.");
  app.require_subcommand(1);
  command chosen;
  std::optional<std::uint16_t> number;
  listening how_to_listen;
  sending how_to_send;
  hostility how_to_be_hostile;
  std::uint64_t rounds = 0;

  add_info(app, chosen);
  add_listen(app, chosen, how_to_listen);
  add_send(app, chosen, how_to_send);

  auto* const limits = app.add_subcommand("limits", "Reach every limit, and make every mistake");
  add_domain(*limits, number);
  limits->callback(
      [&] { chosen = [&](hypervisor& hv) { reach_limits(this_domain(hv, number)); }; });

  auto* const churning = app.add_subcommand("churn", "Register and unregister rings");
  churning->add_option("rounds", rounds, "How many")->required();
  add_domain(*churning, number);
  churning->callback(
      [&] { chosen = [&](hypervisor& hv) { churn(this_domain(hv, number), rounds); }; });

  double seconds = 0;
  auto* const restless = app.add_subcommand("come-and-go", "Bind the event channel and close it");
  restless->add_option("seconds", seconds, "For how long")->required();
  restless->callback([&] { chosen = [&](hypervisor& hv) { come_and_go(hv, seconds); }; });

  auto* const hostile = app.add_subcommand("hostile", "Make calls that mean harm");
  hostile->add_option("seconds", how_to_be_hostile.seconds, "For how long")->required();
  hostile->add_option("--seed", how_to_be_hostile.seed, "Of all that is random")
      ->capture_default_str();
  hostile->add_option("--other", how_to_be_hostile.other, "A domain to bother");
  add_domain(*hostile, number);
  hostile->callback([&] {
    chosen = [&](hypervisor& hv) { be_hostile(this_domain(hv, number), how_to_be_hostile); };
  });

  CLI11_PARSE(app, argc, argv);
  catch_interruptions();
  try {
    privcmd xen;
    chosen(xen);
  } catch (const std::exception& e) {
    fmt::print(stderr, "v4v-raw: failed: {}\n", e.what());
    return 1;
  }
  return 0;
}
