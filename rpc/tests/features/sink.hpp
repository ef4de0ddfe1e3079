#pragma once

#include <cstdint>

#include "features/features.capnp.h"
#include "ledger.hpp"

namespace v4v::rpc::testing {

/// Takes streaming calls, and may hold them back.
class sink final : public Sink::Server {
 public:
  struct state {
    std::uint64_t bytes = 0;
    std::uint32_t calls = 0;
    std::uint32_t out_of_order = 0;
    kj::ForkedPromise<void> gate = kj::Promise<void>{kj::READY_NOW}.fork();
  };

  explicit sink(state& at) : at_{at} {}

 protected:
  kj::Promise<void> write(WriteContext context) override {
    return at_.gate.addBranch().then([this, context]() mutable {
      const auto params = context.getParams();
      if (params.getNumber() != at_.calls++) ++at_.out_of_order;
      at_.bytes += params.getData().size();
    });
  }

  kj::Promise<void> written(WrittenContext context) override {
    context.getResults().setBytes(at_.bytes);
    return kj::READY_NOW;
  }

 private:
  state& at_;
};

/// Sends streaming calls of one size, one after another, as fast as flow control lets it.
class source {
 public:
  source(Sink::Client to, std::uint32_t calls, std::size_t bytes)
      : to_{kj::mv(to)}, calls_{calls}, bytes_{bytes} {}

  /// Resolves when all are sent, and have been taken.
  kj::Promise<void> send_all() {
    if (sent_ == calls_) return to_.writtenRequest().send().ignoreResult();
    auto request = to_.writeRequest(capnp::MessageSize{bytes_ / sizeof(capnp::word) + 32, 0});
    request.setNumber(sent_++);
    request.initData(static_cast<kj::uint>(bytes_));
    return request.send().then([this] { return send_all(); });
  }

  [[nodiscard]] std::uint32_t sent() const noexcept { return sent_; }
  [[nodiscard]] std::uint64_t sent_bytes() const noexcept { return sent_ * bytes_; }

 private:
  Sink::Client to_;
  const std::uint32_t calls_;
  const std::uint64_t bytes_;
  std::uint32_t sent_ = 0;
};

}  // namespace v4v::rpc::testing
