#include "v4v/rpc/detail/basic_message_stream.hpp"

#include <kj/debug.h>

#include "incoming.hpp"
#include "outgoing.hpp"
#include "v4v/rpc/error.hpp"

namespace v4v::rpc::detail {

basic_message_stream::basic_message_stream(kj::String peer)
    : incoming_{std::make_shared<incoming>(*this, kj::str(peer))},
      outgoing_{std::make_shared<outgoing>(*this, kj::mv(peer))} {}

basic_message_stream::~basic_message_stream() = default;

void basic_message_stream::stop() noexcept {
  incoming_->stop();
  outgoing_->stop();
}

// Whatever is thrown on the way becomes a rejected promise, as KJ's callers expect it.

kj::Promise<kj::Maybe<capnp::MessageReaderAndFds>> basic_message_stream::tryReadMessage(
    file_descriptors, capnp::ReaderOptions options, kj::ArrayPtr<capnp::word>) {
  return kj::evalNow([&] { return incoming_->read(options); });
}

kj::Promise<void> basic_message_stream::writeMessage(
    kj::ArrayPtr<const int> fds, kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments) {
  if (fds.size() > 0) {
    return KJ_EXCEPTION(UNIMPLEMENTED, "file descriptors cannot be sent to another domain");
  }
  return kj::evalNow([&] { return outgoing_->write(kj::arrayPtr(&segments, 1)); });
}

kj::Promise<void> basic_message_stream::writeMessages(
    kj::ArrayPtr<kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>>> messages) {
  return kj::evalNow([&] { return outgoing_->write(messages); });
}

kj::Promise<void> basic_message_stream::end() {
  return kj::evalNow([&]() -> kj::Promise<void> {
    std::error_code error;
    shutdown_send(error);
    if (error) return to_exception(error, "ending a message stream");
    return kj::READY_NOW;
  });
}

const message_counts& basic_message_stream::counts() const noexcept { return incoming_->counts(); }

}  // namespace v4v::rpc::detail
