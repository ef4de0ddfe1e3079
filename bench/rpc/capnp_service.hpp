#pragma once

#include <cstdint>

#include "bench.capnp.h"
#include "payload.hpp"

namespace v4v::bench {

/// What is called, under every transport of Cap'n Proto's.
class capnp_service final : public Bench::Server {
 public:
  explicit capnp_service(const payload& of_run) : payload_{of_run} {}

 protected:
  kj::Promise<void> nothing(NothingContext) override { return kj::READY_NOW; }

  kj::Promise<void> read(ReadContext context) override {
    const std::size_t bytes = context.getParams().getBytes();
    context.releaseParams();
    auto results = context.getResults(capnp::MessageSize{8, 0});
    results.adoptBlob(
        payload_.to_send().first(bytes, capnp::Orphanage::getForMessageContaining(results)));
    return kj::READY_NOW;
  }

  kj::Promise<void> write(WriteContext context) override {
    const auto blob = context.getParams().getBlob();
    payload_.received(blob.begin(), blob.size());
    context.getResults().setBytes(static_cast<std::uint32_t>(blob.size()));
    return kj::READY_NOW;
  }

  kj::Promise<void> push(PushContext context) override {
    const auto chunk = context.getParams().getChunk();
    payload_.received(chunk.begin(), chunk.size());
    pushed_ += chunk.size();
    return kj::READY_NOW;
  }

  kj::Promise<void> pushed(PushedContext context) override {
    context.getResults().setBytes(pushed_);
    return kj::READY_NOW;
  }

 private:
  const payload& payload_;
  std::uint64_t pushed_ = 0;
};

}  // namespace v4v::bench
