#pragma once

#include <grpcpp/alarm.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench.grpc.pb.h"
#include "grpc_queue.hpp"

namespace v4v::bench {

/// What an event of the server's completion queue belongs to.
class grpc_event {
 public:
  virtual ~grpc_event() = default;
  virtual void happened(bool ok) = 0;
};

/// The service of bench.proto, with one completion queue for one thread.
class grpc_server {
 public:
  /// Listens at `address` from now on.
  grpc_server(const std::string& address, grpc_wait wait, const payload& of_run);
  ~grpc_server();

  /// Serves until it is told to stop.
  void run();

  /// From any thread, once.
  void stop();

  // For the calls.
  [[nodiscard]] bool stopping() const { return stopping_; }
  [[nodiscard]] grpc::ServerCompletionQueue& queue() { return *queue_; }
  [[nodiscard]] grpc_schema::Bench::AsyncService& service() { return service_; }
  [[nodiscard]] const payload& of_run() const { return payload_; }

 private:
  void add_calls();
  const grpc_schema::Blob& blob_of(std::uint32_t bytes);

  const grpc_wait wait_;
  const payload& payload_;
  bool stopping_ = false;
  grpc_schema::Bench::AsyncService service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
  grpc::Alarm stop_;
  std::map<std::uint32_t, grpc_schema::Blob> blobs_;
  grpc_schema::Nothing nothing_;
  grpc_schema::Count count_;
  std::vector<std::unique_ptr<grpc_event>> calls_;
};

}  // namespace v4v::bench
