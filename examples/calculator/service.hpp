#pragma once

#include "calculator.capnp.h"

namespace calculator {

/// A calculator for any number of peers. To be used in the thread of one event loop.
Calculator::Client make_calculator();

}  // namespace calculator
