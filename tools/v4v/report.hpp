#pragma once

#include <string>

#include <v4v/control.hpp>

namespace v4v_tool {

/// What the tool prints: lines for people, or one JSON document for programs.
enum class format { lines, json };

/// What the hypervisor says to this domain.
[[nodiscard]] std::string info_report(const v4v::control& control, format as);

/// The rules, in their order and with their positions.
[[nodiscard]] std::string rules_report(const v4v::control& control, format as);

}  // namespace v4v_tool
