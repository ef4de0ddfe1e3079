#pragma once

#include <capnp/capability.h>
#include <kj/debug.h>

#include "ledger.hpp"

namespace v4v::rpc::testing {

/// Where peers leave ledgers for each other. The last one left is handed to whoever takes it.
class exchange final : public Exchange::Server {
 public:
  explicit exchange(numbers& own) : own_{ledgers_.add(kj::heap<ledger>(own))} {}

 protected:
  kj::Promise<void> leave(LeaveContext context) override {
    left_ = context.getParams().getLedger();
    return kj::READY_NOW;
  }

  kj::Promise<void> take(TakeContext context) override {
    context.getResults().setLedger(KJ_REQUIRE_NONNULL(left_, "nothing was left here"));
    return kj::READY_NOW;
  }

  kj::Promise<void> own(OwnContext context) override {
    context.getResults().setLedger(own_);
    return kj::READY_NOW;
  }

  kj::Promise<void> isOwn(IsOwnContext context) override {
    auto asked = context.getParams().getLedger();
    return ledgers_.getLocalServer(asked).then(
        [context](auto found) mutable { context.getResults().setOwn(found != nullptr); });
  }

  kj::Promise<void> appendLeft(AppendLeftContext context) override {
    const auto params = context.getParams();
    return append_many(KJ_REQUIRE_NONNULL(left_, "nothing was left here"), params.getFirst(),
                       params.getCount());
  }

 private:
  capnp::CapabilityServerSet<Ledger> ledgers_;
  Ledger::Client own_;
  kj::Maybe<Ledger::Client> left_;
};

inline kj::Promise<void> leave(Exchange::Client at, Ledger::Client what) {
  auto request = at.leaveRequest();
  request.setLedger(kj::mv(what));
  return request.send().ignoreResult();
}

inline kj::Promise<void> append_left(Exchange::Client at, std::uint32_t first,
                                     std::uint32_t count) {
  auto request = at.appendLeftRequest();
  request.setFirst(first);
  request.setCount(count);
  return request.send().ignoreResult();
}

}  // namespace v4v::rpc::testing
