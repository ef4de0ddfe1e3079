#pragma once

#include <kj/debug.h>

#include <atomic>
#include <cstdint>

#include "echo.capnp.h"

namespace v4v::rpc::testing {

/// What has been asked of a service; may be read by other threads, and after the service is gone.
struct echo_counts {
  std::atomic<std::uint64_t> calls{0};
  std::atomic<std::uint64_t> pushed_bytes{0};
  std::atomic<std::uint64_t> cancelled{0};
};

/// The service of echo.capnp.
class echo_service final : public Echo::Server {
 public:
  explicit echo_service(echo_counts& counts) : counts_{counts} {}

 protected:
  kj::Promise<void> say(SayContext context) override {
    ++counts_.calls;
    context.getResults().setText(context.getParams().getText());
    return kj::READY_NOW;
  }

  kj::Promise<void> fail(FailContext context) override {
    return KJ_EXCEPTION(OVERLOADED, context.getParams().getReason());
  }

  kj::Promise<void> never([[maybe_unused]] NeverContext context) override {
#if CAPNP_VERSION < 1000000
    context.allowCancellation();
#endif
    return kj::Promise<void>{kj::NEVER_DONE}.attach(kj::defer([this] { ++counts_.cancelled; }));
  }

  kj::Promise<void> same(SameContext context) override {
    context.getResults().setEcho(thisCap());
    return kj::READY_NOW;
  }

  kj::Promise<void> sayTo(SayToContext context) override {
    const auto params = context.getParams();
    auto request = params.getListener().heardRequest();
    request.setText(params.getText());
    return request.send().ignoreResult();
  }

  kj::Promise<void> push(PushContext context) override {
    counts_.pushed_bytes += context.getParams().getData().size();
    return kj::READY_NOW;
  }

  kj::Promise<void> pushed(PushedContext context) override {
    context.getResults().setBytes(counts_.pushed_bytes);
    return kj::READY_NOW;
  }

  kj::Promise<void> count(CountContext context) override {
    context.getResults().setCalls(counts_.calls);
    return kj::READY_NOW;
  }

 private:
  echo_counts& counts_;
};

/// Remembers what it was told last.
class listener final : public Listener::Server {
 public:
  explicit listener(kj::String& heard) : heard_{heard} {}

 protected:
  kj::Promise<void> heard(HeardContext context) override {
    heard_ = kj::str(context.getParams().getText());
    return kj::READY_NOW;
  }

 private:
  kj::String& heard_;
};

inline kj::Promise<kj::String> say(Echo::Client echo, kj::StringPtr text) {
  auto request = echo.sayRequest();
  request.setText(text);
  return request.send().then([](auto response) { return kj::str(response.getText()); });
}

}  // namespace v4v::rpc::testing
