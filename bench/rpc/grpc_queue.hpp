#pragma once

#include <grpcpp/grpcpp.h>
#include <sched.h>

#include <stdexcept>

#include "grpc.hpp"

namespace v4v::bench {

/// The next event of a completion queue, in the way of waiting that is measured. False when the
/// queue is shut down and empty.
inline bool next_event(grpc::CompletionQueue& queue, grpc_wait wait, void*& tag, bool& ok) {
  if (wait == grpc_wait::sleep) return queue.Next(&tag, &ok);
  const gpr_timespec at_once = gpr_inf_past(GPR_CLOCK_MONOTONIC);
  for (int looks = 1;; ++looks) {
    const auto status = queue.AsyncNext(&tag, &ok, at_once);
    if (status != grpc::CompletionQueue::TIMEOUT) return status == grpc::CompletionQueue::GOT_EVENT;
    // Where both threads share a processor the other must be let run.
    if (looks % 64 == 0) ::sched_yield();
  }
}

inline void require_success(const grpc::Status& status) {
  if (!status.ok()) throw std::runtime_error("gRPC: " + status.error_message());
}

}  // namespace v4v::bench
