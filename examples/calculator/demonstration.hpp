#pragma once

#include "calculator.capnp.h"

#include <kj/async.h>

namespace calculator {

/// Calls the service in all the ways that there are, step by step, and prints what came of it and
/// what it cost. Throws std::runtime_error when a result is not what it should be.
void demonstrate(Calculator::Client service, kj::WaitScope& scope);

}  // namespace calculator
