#pragma once

#include <capnp/message.h>
#include <capnp/rpc.capnp.h>
#include <capnp/serialize.h>

#include <cstdint>
#include <string>

#include "features/features.capnp.h"

namespace v4v::rpc::testing {

using bytes = std::string;

/// A message as it is on the stream.
inline bytes framed(capnp::MessageBuilder& message) {
  const auto words = capnp::messageToFlatArray(message);
  const auto all = words.asChars();
  return {all.begin(), all.size()};
}

/// The message that `fill` makes of an empty one.
template <class Fill>
bytes rpc_message(Fill fill) {
  capnp::MallocMessageBuilder message;
  fill(message.initRoot<capnp::rpc::Message>());
  return framed(message);
}

/// Asks for what the server hands out.
inline bytes bootstrap_message(std::uint32_t question) {
  return rpc_message([&](auto message) { message.initBootstrap().setQuestionId(question); });
}

/// A call of Mirror.anything, on the answer to question 0 unless `fill` says otherwise.
template <class Fill>
bytes call_message(std::uint32_t question, Fill fill) {
  return rpc_message([&](auto message) {
    auto call = message.initCall();
    call.setQuestionId(question);
    call.initTarget().initPromisedAnswer().setQuestionId(0);
    call.setInterfaceId(capnp::typeId<Mirror>());
    call.setMethodId(0);
    call.initParams().initContent().template initAs<Mirror::AnythingParams>();
    fill(call);
  });
}

inline bytes finish_message(std::uint32_t question) {
  return rpc_message([&](auto message) { message.initFinish().setQuestionId(question); });
}

}  // namespace v4v::rpc::testing
