#pragma once

#include <cmath>
#include <cstddef>

#include <kj/debug.h>

#include "calculator.capnp.h"

namespace calculator {

// The interfaces that capnp generates have no virtual destructors.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

/// pow(x, y): a function that the service has not. It stays in the client's domain, and the service
/// calls it there.
class power final : public Calculator::Function::Server {
 public:
  /// Counts in `called` how often it was.
  explicit power(std::size_t& called) : called_(called) {}

  kj::Promise<void> call(CallContext context) override {
    const auto params = context.getParams().getParams();
    if (params.size() != 2)
      return KJ_EXCEPTION(FAILED, kj::str("pow takes 2 parameters, not ", params.size()));
    ++called_;
    context.getResults().setValue(std::pow(params[0], params[1]));
    return kj::READY_NOW;
  }

 private:
  std::size_t& called_;
};

#pragma GCC diagnostic pop

}  // namespace calculator
