#pragma once

#include <functional>

#include "caller.hpp"

namespace v4v::bench {

/// A kind of RPC. Each measurement has a server, a client and a connection of its own.
class peer {
 public:
  virtual ~peer() = default;

  /// Connects, lets `measure` call, and ends it all. Throws what `measure` or the RPC throws.
  virtual void with_caller(const std::function<void(caller&)>& measure) = 0;
};

}  // namespace v4v::bench
