#pragma once

#include "features/features.capnp.h"

namespace v4v::rpc::testing {

/// Answers with what it is sent.
class mirror final : public Mirror::Server {
 protected:
  kj::Promise<void> anything(AnythingContext context) override {
    context.getResults().getValue().set(context.getParams().getValue());
    return kj::READY_NOW;
  }
  kj::Promise<void> data(DataContext context) override {
    const auto data = context.getParams().getData();
    context.getResults(capnp::MessageSize{data.size() / sizeof(capnp::word) + 16, 0}).setData(data);
    return kj::READY_NOW;
  }
  kj::Promise<void> shapes(ShapesContext context) override {
    context.getResults().setShapes(context.getParams().getShapes());
    return kj::READY_NOW;
  }
  kj::Promise<void> size(SizeContext context) override {
    context.getResults().setBytes(context.getParams().getData().size());
    return kj::READY_NOW;
  }
};

}  // namespace v4v::rpc::testing
