#include "command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>

#include "address.hpp"
#include "report.hpp"

namespace v4v_tool {
namespace {

/// What to do when the command line is understood.
using action = std::function<void(const v4v::control&)>;

struct words {
  std::string action;
  std::string from;  // or, of a rule to remove, its position
  std::string to;
  std::uint32_t position = 0;
  v4v::domain_type domain = 0;
  v4v::domain_limits limits;
  bool json = false;

  [[nodiscard]] format wanted_format() const noexcept {
    return json ? format::json : format::lines;
  }
};

// Refuses an address when the command line is read, with the reason.
const CLI::Validator is_address(
    [](std::string& text) -> std::string {
      try {
        static_cast<void>(address_of(text));
        return {};
      } catch (const std::invalid_argument& e) {
        return e.what();
      }
    },
    "", "address");

bool is_position(const std::string& word) {
  return word.find_first_not_of("0123456789") == std::string::npos;
}

const CLI::Validator is_address_or_position(
    [](std::string& text) { return is_position(text) ? std::string() : is_address(text); }, "",
    "address or position");

void add_rule(const v4v::control& control, const words& w) {
  control.add_rule({w.action == "accept", address_of(w.from), address_of(w.to)},
                   w.position == 0 ? v4v::control::at_end : w.position);
}

void remove_rule(const v4v::control& control, const words& w) {
  if (w.to.empty())
    control.remove_rule(w.position);
  else
    control.remove_rule(address_of(w.from), address_of(w.to));
}

// "del 3" or "del FROM TO".
void understand_what_to_remove(words& w) {
  if (!is_position(w.from)) {
    if (w.to.empty())
      throw CLI::ValidationError("TO", "is missing: where the rule from " + w.from + " goes to");
    return;
  }
  if (!w.to.empty())
    throw CLI::ValidationError("RULE", w.from + " is a position, and then there is no TO");
  if (w.from.size() > 9 || w.from.find_first_not_of('0') == std::string::npos)
    throw CLI::ValidationError("RULE",
                               fmt::format("position {} is none: 1 to {}", w.from, V4V_MAX_RULES));
  w.position = static_cast<std::uint32_t>(std::stoul(w.from));
}

CLI::Option* add_json(CLI::App& command, words& w) {
  return command.add_flag("--json", w.json, "One JSON document, for programs");
}

void describe_info(CLI::App& app, words& w, action& chosen) {
  auto& info = *app.add_subcommand(
      "info", "What the hypervisor says to this domain: its number, event channel and limits");
  add_json(info, w);
  info.callback([&] {
    chosen = [&](const v4v::control& c) { fmt::print("{}", info_report(c, w.wanted_format())); };
  });
}

void describe_rules(CLI::App& app, words& w, action& chosen) {
  auto& rules = *app.add_subcommand(
      "rules",
      "Which messages pass. For each the first rule that matches decides; if none does, it\n"
      "passes, unless the host says otherwise. An address is DOMAIN:PORT, and either may be any.");

  auto& list = *rules.add_subcommand("list", "All rules, in their order");
  add_json(list, w);
  list.callback([&] {
    chosen = [&](const v4v::control& c) { fmt::print("{}", rules_report(c, w.wanted_format())); };
  });

  auto& add = *rules.add_subcommand("add", "Adds a rule, at the end or where --at says");
  add.add_option("ACTION", w.action, "accept or reject")
      ->required()
      ->check(CLI::IsMember({"accept", "reject"}).description(""));
  add.add_option("FROM", w.from, "The sender's address")
      ->required()
      ->type_name("ADDRESS")
      ->check(is_address);
  add.add_option("TO", w.to, "The receiver's")->required()->type_name("ADDRESS")->check(is_address);
  add.add_option("--at", w.position, "So that it becomes the POSITION-th; the first is 1")
      ->type_name("POSITION")
      ->check(CLI::Range(1u, V4V_MAX_RULES).description(""));
  add.footer(
      "Nobody but domain 3 reaches port 5000 of domain 1:\n"
      "  v4v rules add accept 3:any 1:5000\n"
      "  v4v rules add reject any:any 1:5000");
  add.callback([&] { chosen = [&](const v4v::control& c) { add_rule(c, w); }; });

  auto& del = *rules.add_subcommand("del", "Removes a rule");
  del.add_option("RULE", w.from, "Its position, or the sender's address in it")
      ->required()
      ->type_name("POSITION|ADDRESS")
      ->check(is_address_or_position);
  del.add_option("TO", w.to, "With an address: the receiver's")
      ->type_name("ADDRESS")
      ->check(is_address);
  del.footer("  v4v rules del 2\n  v4v rules del any:any 1:5000     the first one with these");
  del.callback([&] {
    understand_what_to_remove(w);
    chosen = [&](const v4v::control& c) { remove_rule(c, w); };
  });

  rules.add_subcommand("flush", "Removes all rules")->callback([&] {
    chosen = [](const v4v::control& c) { c.remove_all_rules(); };
  });
}

void describe_limits(CLI::App& app, words& w, action& chosen) {
  auto& limits = *app.add_subcommand(
      "limits",
      "Gives a domain that has no ring yet other limits. All four are set: those that are not\n"
      "named, to what a new domain has.");
  limits.add_option("DOMAIN", w.domain, "The domain's number")
      ->required()
      ->check(CLI::Range(0u, v4v::any_domain - 1u).description(""));
  const auto add = [&](const char* name, std::uint32_t& value, std::uint32_t most,
                       const char* description) {
    limits.add_option(name, value, description)
        ->capture_default_str()
        ->type_name("N")
        ->check(CLI::Range(0u, most).description(""));
  };
  add("--rings", w.limits.rings, V4V_MAX_RINGS, "Rings at a time");
  add("--vectors", w.limits.vectors, V4V_MAX_SENDV, "Pieces that a message is sent from");
  add("--entries", w.limits.entries, V4V_MAX_NOTIFY, "Rings that are asked about at a time");
  add("--bytes", w.limits.bytes, UINT32_MAX, "Bytes of a message");
  limits.callback(
      [&] { chosen = [&](const v4v::control& c) { c.set_limits(w.domain, w.limits); }; });
}

}  // namespace

int run(int argc, const char* const* argv, const std::function<v4v::control()>& open) {
  CLI::App app(
      "Administers V4V of the hypervisor that this runs on. In Xen that is for root, and all but\n"
      "info for dom0; the hypervisor is found, or named by V4V_LINK=xen in the environment.",
      "v4v");
  app.footer(
      "v4v COMMAND --help tells more. Exit status: 0 done, 1 not, and why is said, above 100 the\n"
      "command line is wrong.");
  words w;
  action chosen;
  describe_info(app, w, chosen);
  describe_rules(app, w, chosen);
  describe_limits(app, w, chosen);
  try {
    app.parse(argc, argv);
    // Required only now, so that a command that there is not is called unexpected.
    if (!chosen) throw CLI::RequiredError::Subcommand(1);
  } catch (const CLI::ParseError& e) {
    return app.exit(e);
  }

  try {
    chosen(open());
    return 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "v4v: {}\n", e.what());
  }
  return 1;
}

}  // namespace v4v_tool
