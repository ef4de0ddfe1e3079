#pragma once

#include <memory>

#include "bench.grpc.pb.h"
#include "caller.hpp"
#include "grpc_queue.hpp"

namespace v4v::bench {

/// A client of grpc_server, with a completion queue for one thread.
class grpc_caller final : public caller {
 public:
  grpc_caller(const std::shared_ptr<grpc::Channel>& channel, grpc_wait wait, const payload& of_run);
  ~grpc_caller() override;

  std::vector<double> null_calls(int count) override;
  double pipelined_calls(int count, int in_flight) override;
  double read(std::size_t bytes, int count) override;
  double write(std::size_t bytes, int count) override;
  double push(std::size_t bytes, int count) override;

 private:
  void* await();
  grpc_schema::Blob blob_of(std::size_t bytes) const;

  const std::unique_ptr<grpc_schema::Bench::Stub> stub_;
  const grpc_wait wait_;
  const payload& payload_;
  grpc::CompletionQueue queue_;
};

}  // namespace v4v::bench
