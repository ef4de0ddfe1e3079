#pragma once

#include "asking.hpp"
#include "calculator.capnp.h"
#include "expression.hpp"

namespace calculator {

/// Has the service work out an expression of any size. Everything is sent at once: operators,
/// inner parts, outer parts and the question for the result, each a call on promises of those
/// before, so it takes one round trip.
double evaluate(const expression& whole, Calculator::Client service,
                Calculator::Function::Client pow, asking& ask);

}  // namespace calculator
