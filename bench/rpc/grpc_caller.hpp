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

  outcome null_calls(std::size_t count) override;
  outcome pipelined_calls(std::size_t count, std::size_t in_flight) override;
  outcome read(std::size_t bytes, std::size_t count) override;
  outcome write(std::size_t bytes, std::size_t count) override;
  outcome push(std::size_t bytes, std::size_t count) override;

 private:
  void* await();
  grpc_schema::Blob blob_of(std::size_t bytes) const;

  const std::unique_ptr<grpc_schema::Bench::Stub> stub_;
  const grpc_wait wait_;
  const payload& payload_;
  grpc::CompletionQueue queue_;
};

}  // namespace v4v::bench
