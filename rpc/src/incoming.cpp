#include "incoming.hpp"

#include <kj/debug.h>

#include <asio/error.hpp>
#include <utility>

#include "v4v/rpc/error.hpp"
#include "v4v/rpc/event_loop.hpp"

namespace v4v::rpc::detail {

/// A promise's side of a read. Dropping the promise cancels the operation under it.
class incoming::waiter {
 public:
  waiter(kj::PromiseFulfiller<message>& result, std::shared_ptr<incoming> from,
         const capnp::ReaderOptions& wanted)
      : fulfiller{result}, options{wanted}, from_{std::move(from)} {
    from_->waiter_ = this;
    from_->advance();
  }
  ~waiter() {
    if (from_->waiter_ != this) return;
    from_->waiter_ = nullptr;
    from_->cancel();
  }
  waiter(const waiter&) = delete;
  waiter& operator=(const waiter&) = delete;

  kj::PromiseFulfiller<message>& fulfiller;
  const capnp::ReaderOptions options;

 private:
  const std::shared_ptr<incoming> from_;
};

kj::Promise<incoming::message> incoming::read(const capnp::ReaderOptions& options) {
  KJ_REQUIRE(waiter_ == nullptr, "a message is already being read from this stream");
  KJ_IF_MAYBE (exception, given_up_) return from_peer(peer_, kj::Exception{*exception});
  KJ_IF_MAYBE (reader, next(options)) {
    return message{capnp::MessageReaderAndFds{kj::mv(*reader), nullptr}};
  }
  return kj::newAdaptedPromise<message, waiter>(shared_from_this(), options);
}

void incoming::completed(const std::error_code& error, std::size_t bytes, lent_bytes&& lent) {
  reading_ = false;
  const bool expected = std::exchange(cancelled_, false) && error == asio::error::operation_aborted;
  assembler_.received(bytes);
  if (lent.keeps) assembler_.received(std::move(lent));
  if (error && !expected) ended_ = error;
  if (waiter_) resolve_and_turn([this] { advance(); });
}

// The next message that is for whoever reads.
kj::Maybe<kj::Own<capnp::MessageReader>> incoming::next(const capnp::ReaderOptions& options) {
  for (;;) {
    auto received = assembler_.next(options);
    KJ_IF_MAYBE (reader, received) {
      if (filter_ != nullptr && !filter_->arriving(**reader)) continue;
    }
    return received;
  }
}

// Does what can be done next for the one who waits.
void incoming::advance() {
  KJ_IF_MAYBE (exception, kj::runCatchingExceptions([&] {
                 KJ_IF_MAYBE (reader, next(waiter_->options)) {
                   finish(capnp::MessageReaderAndFds{kj::mv(*reader), nullptr});
                 } else if (!ended_) {
                   start();
                 } else if (ended_ == asio::error::eof) {
                   end_of_file();
                 } else {
                   fail(to_exception(ended_, "reading a message"));
                 }
               })) {
    fail(kj::mv(*exception));
  }
}

void incoming::end_of_file() {
  if (filter_ != nullptr) filter_->ending();
  if (!assembler_.between_messages()) {
    fail(KJ_EXCEPTION(DISCONNECTED, "premature EOF: the connection was closed inside a message"));
  } else if (peer_.size() > 0) {
    fail(KJ_EXCEPTION(DISCONNECTED, "the connection was closed"));
  } else {
    finish(nullptr);
  }
}

void incoming::start() {
  if (reading_ || stream_ == nullptr) return;
  const auto space = assembler_.space();
  reading_ = true;
  KJ_ON_SCOPE_FAILURE(reading_ = false);
  stream_->start_read(asio::buffer(space.data(), space.size()), assembler_.between_messages(),
                      transfer_handler{shared_from_this()});
}

// A signal must not be emitted to an operation whose handler has run, nor after its stream.
void incoming::cancel() {
  if (!reading_ || stream_ == nullptr) return;
  cancelled_ = true;
  cancellation_.emit(asio::cancellation_type::all);
}

void incoming::stop() noexcept {
  cancel();
  stream_ = nullptr;
  filter_ = nullptr;
  if (waiter_) fail(KJ_EXCEPTION(FAILED, "the message stream was destroyed during a read"));
}

void incoming::give_up(kj::Exception&& because) {
  given_up_ = kj::Exception{because};
  if (waiter_ == nullptr) return;
  cancel();
  fail(kj::mv(because));
}

void incoming::finish(message&& result) {
  std::exchange(waiter_, nullptr)->fulfiller.fulfill(kj::mv(result));
}

void incoming::fail(kj::Exception&& exception) {
  if (filter_ != nullptr) filter_->ending();
  if (auto* waiting = std::exchange(waiter_, nullptr)) {
    waiting->fulfiller.reject(from_peer(peer_, kj::mv(exception)));
  }
}

}  // namespace v4v::rpc::detail
