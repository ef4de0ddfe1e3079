#pragma once

#include <capnp/capability.h>
#include <kj/refcount.h>

#include "capnp_version.hpp"

namespace v4v::rpc {

/// What a client hands out as the service's bootstrap capability: the one of the connection that
/// there is, or one that waits for a connection. Which that is changes over its life, so calls on
/// it go to whatever it is when they are made.
class bootstrap_client final : public capnp::ClientHook, public kj::Refcounted {
 public:
  explicit bootstrap_client(kj::Own<ClientHook> target) : target_{kj::mv(target)} {}

  void redirect(kj::Own<ClientHook> target) { target_ = kj::mv(target); }

  capnp::Request<capnp::AnyPointer, capnp::AnyPointer> newCall(
      std::uint64_t interface_id, std::uint16_t method,
      kj::Maybe<capnp::MessageSize> size V4V_CALL_HINTS) override {
    return target().newCall(interface_id, method, size V4V_HINTS);
  }
  VoidPromiseAndPipeline call(std::uint64_t interface_id, std::uint16_t method,
                              kj::Own<capnp::CallContextHook>&& context V4V_CALL_HINTS) override {
    return target().call(interface_id, method, kj::mv(context) V4V_HINTS);
  }

  kj::Maybe<ClientHook&> getResolved() override { return *target_; }
  // With the target, which its promise refers to, and which may be another one by then.
  kj::Maybe<kj::Promise<kj::Own<ClientHook>>> whenMoreResolved() override {
    return target_->whenMoreResolved().map([this](kj::Promise<kj::Own<ClientHook>>&& resolved) {
      return resolved.attach(target_->addRef());
    });
  }
  kj::Own<ClientHook> addRef() override { return kj::addRef(*this); }
  const void* getBrand() override { return this; }
  kj::Maybe<int> getFd() override { return target_->getFd(); }

 private:
  // Promises that are resolved are passed by: they would have each call's parameters copied.
  ClientHook& target() {
    for (;;) {
      KJ_IF_MAYBE (resolved, target_->getResolved()) {
        target_ = resolved->addRef();
      } else {
        return *target_;
      }
    }
  }

  kj::Own<ClientHook> target_;
};

}  // namespace v4v::rpc
