#include "report.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "address.hpp"

namespace v4v_tool {
namespace {

using nlohmann::ordered_json;

ordered_json json_of(v4v::domain_type domain) {
  return domain == v4v::any_domain ? ordered_json("any") : ordered_json(domain);
}
ordered_json json_of(const v4v::endpoint& e) {
  return {{"domain", json_of(e.domain())},
          {"port", e.port() == V4V_PORT_ANY ? ordered_json("any") : ordered_json(e.port())}};
}

}  // namespace

std::string info_report(const v4v::control& control, format as) {
  const auto [limits, event_channel] = control.info();
  const auto domain = control.domain();
  if (as == format::json) {
    const ordered_json document{{"domain", domain ? ordered_json(*domain) : ordered_json(nullptr)},
                                {"event_channel", event_channel},
                                {"limits",
                                 {{"rings", limits.rings},
                                  {"vectors", limits.vectors},
                                  {"entries", limits.entries},
                                  {"bytes", limits.bytes}}}};
    return document.dump(2) + "\n";
  }
  return fmt::format(
      "domain         {}\n"
      "event channel  {}\n"
      "limits         {} rings, {} vectors a message, {} entries a notify, {} bytes a message\n",
      domain ? std::to_string(*domain) : "not known in a PV guest",
      event_channel != 0 ? std::to_string(event_channel) : "none", limits.rings, limits.vectors,
      limits.entries, limits.bytes);
}

std::string rules_report(const v4v::control& control, format as) {
  const auto rules = control.rules();
  ordered_json list = ordered_json::array();
  std::string lines = rules.empty() ? "no rules: the default policy decides\n" : "";
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const char* const action = rules[i].accept ? "accept" : "reject";
    list.push_back({{"position", i + 1},
                    {"action", action},
                    {"from", json_of(rules[i].from)},
                    {"to", json_of(rules[i].to)}});
    lines += fmt::format("{:>4}  {}  {} to {}\n", i + 1, action, text_of(rules[i].from),
                         text_of(rules[i].to));
  }
  return as == format::json ? list.dump(2) + "\n" : lines;
}

}  // namespace v4v_tool
