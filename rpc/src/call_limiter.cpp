#include "call_limiter.hpp"

#include <kj/debug.h>

#include <algorithm>

#include "capnp_version.hpp"
#include "protocol_messages.hpp"

namespace v4v::rpc {
namespace {

using capnp::rpc::Message;

// However few calls a peer may have, so many refused ones it may have not finished yet. They cost
// some 200 bytes, and many come at once from one that means no harm.
constexpr std::size_t fewest_refused = 1024;

// What Cap'n Proto writes has its root, and what that points to, in the first segment.
Message::Reader own_message(kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> message) {
  return capnp::readMessageUnchecked<Message>(message[0].begin());
}

}  // namespace

kj::Promise<void> call_limiter::drain() {
  auto drained = kj::newPromiseAndFulfiller<void>();
  drained_ = kj::mv(drained.fulfiller);
  tell_if_drained();
  return kj::mv(drained.promise);
}

bool call_limiter::arriving(capnp::MessageReader& reader) {
  const auto message = reader.getRoot<Message>();
  switch (message.which()) {
    case Message::CALL:
      return call(message.getCall());
    case Message::BOOTSTRAP:
      return question(message.getBootstrap().getQuestionId());
    case Message::FINISH:
      return finish(message.getFinish().getQuestionId());
    default:
      return true;
  }
}

bool call_limiter::call(capnp::rpc::Call::Reader call) {
  if (!refused_.empty()) {
    const auto target = call.getTarget();
    if (target.isPromisedAnswer() &&
        refused_.contains(target.getPromisedAnswer().getQuestionId())) {
      refuse(call.getQuestionId(),
             kj::Exception{drained_ == nullptr ? kj::Exception::Type::OVERLOADED
                                               : kj::Exception::Type::DISCONNECTED,
                           __FILE__, __LINE__, kj::str("the call that it depends on was refused")});
      return false;
    }
  }
  const std::uint32_t id = call.getQuestionId();
  if (!question(id)) return false;
  if (goes_unanswered(call)) unanswered_.insert(id);
  return true;
}

bool call_limiter::question(std::uint32_t id) {
  if (drained_ != nullptr) {
    refuse(id, KJ_EXCEPTION(DISCONNECTED, "the service is shutting down"));
    return false;
  }
  if (in_flight_ >= most_) {
    refuse(id, KJ_EXCEPTION(OVERLOADED,
                            kj::str("the connection has all the calls in flight that it may have (",
                                    most_, ")")));
    return false;
  }
  ++in_flight_;
  return true;
}

bool call_limiter::finish(std::uint32_t id) {
  if (!unanswered_.empty() && unanswered_.erase(id) > 0) {
    --in_flight_;
    tell_if_drained();
  }
  return refused_.empty() || refused_.erase(id) == 0;
}

void call_limiter::refuse(std::uint32_t id, const kj::Exception& why) {
  const std::size_t most = std::max(most_, fewest_refused);
  refused_.insert(id);
  if (refused_.size() > most || network_.posted() >= most) {
    kj::throwFatalException(KJ_EXCEPTION(
        OVERLOADED, kj::str("too many calls that were refused and whose answers were not taken (",
                            most, "): ", why.getDescription())));
  }
  written_ = false;
  network_.post([&](Message::Builder message) { write_refusal(message, id, why); });
}

void call_limiter::leaving(kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> message) {
  written_ = false;
  // At zero it would be the answer to a question that another one had the number of; the peer has
  // then broken the protocol, and Cap'n Proto ends the connection.
  if (own_message(message).isReturn() && in_flight_ > 0) --in_flight_;
}

void call_limiter::all_written() {
  written_ = true;
  tell_if_drained();
}

void call_limiter::tell_if_drained() {
  if (in_flight_ > 0 || !written_) return;
  KJ_IF_MAYBE (drained, drained_) drained->get()->fulfill();
}

}  // namespace v4v::rpc
