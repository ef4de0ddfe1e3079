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

  std::vector<double> null_calls(int count) override;
  double pipelined_calls(int count, int at_once) override;
  double read(std::size_t bytes, int count) override;
  double write(std::size_t bytes, int count) override;
  double push(std::size_t bytes, int count) override;

 private:
  std::uint64_t pushed();

  Bench::Client service_;
  kj::WaitScope& scope_;
  const payload& payload_;
};

}  // namespace v4v::bench
