#pragma once

#include <functional>

#include <v4v/control.hpp>

namespace v4v_tool {

/// The whole program, on the hypervisor that `open` leads to: understands the command line, does
/// what it says, prints to stdout and stderr. Answers the exit status.
int run(int argc, const char* const* argv, const std::function<v4v::control()>& open);

}  // namespace v4v_tool
