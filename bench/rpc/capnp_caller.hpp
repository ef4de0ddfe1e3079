#pragma once

#include <kj/async.h>

#include "bench.capnp.h"
#include "caller.hpp"
#include "payload.hpp"

namespace v4v::bench {

/// The client of a capnp_service, in the thread of a KJ event loop.
class capnp_caller final : public caller {
 public:
  capnp_caller(Bench::Client service, kj::WaitScope& scope, const payload& of_run);

  outcome null_calls(std::size_t count) override;
  outcome pipelined_calls(std::size_t count, std::size_t in_flight_calls) override;
  outcome read(std::size_t bytes, std::size_t count) override;
  outcome write(std::size_t bytes, std::size_t count) override;
  outcome push(std::size_t bytes, std::size_t count) override;

 private:
  std::uint64_t pushed();

  Bench::Client service_;
  kj::WaitScope& scope_;
  const payload& payload_;
};

}  // namespace v4v::bench
