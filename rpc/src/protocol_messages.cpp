#include "protocol_messages.hpp"

namespace v4v::rpc {
namespace {

void write(capnp::rpc::Exception::Builder to, const kj::Exception& e) {
  to.setReason(e.getDescription());
  to.setType(static_cast<capnp::rpc::Exception::Type>(e.getType()));  // the numbers are the same
}

}  // namespace

void write_abort(capnp::rpc::Message::Builder message, const kj::Exception& why) {
  write(message.initAbort(), why);
}

void write_refusal(capnp::rpc::Message::Builder message, std::uint32_t question,
                   const kj::Exception& why) {
  auto answer = message.initReturn();
  answer.setAnswerId(question);
  answer.setReleaseParamCaps(true);
  write(answer.initException(), why);
}

}  // namespace v4v::rpc
