#include "outgoing.hpp"

#include <kj/debug.h>

#include <asio/error.hpp>
#include <utility>

#include "v4v/rpc/error.hpp"
#include "v4v/rpc/event_loop.hpp"

namespace v4v::rpc::detail {

/// A promise's side of a write. Dropping the promise cancels the operation under it, which then no
/// longer touches the segments.
class outgoing::waiter {
 public:
  waiter(kj::PromiseFulfiller<void>& result, std::shared_ptr<outgoing> to)
      : fulfiller{result}, to_{std::move(to)} {
    to_->waiter_ = this;
    to_->advance();
  }
  ~waiter() {
    if (to_->waiter_ != this) return;
    to_->waiter_ = nullptr;
    to_->cancel();
  }
  waiter(const waiter&) = delete;
  waiter& operator=(const waiter&) = delete;

  kj::PromiseFulfiller<void>& fulfiller;

 private:
  const std::shared_ptr<outgoing> to_;
};

kj::Promise<void> outgoing::write(kj::ArrayPtr<const segment_list> messages) {
  KJ_IF_MAYBE (rest, write_or_wait(messages)) return kj::mv(*rest);
  return kj::READY_NOW;
}

kj::Maybe<kj::Promise<void>> outgoing::write_or_wait(kj::ArrayPtr<const segment_list> messages) {
  KJ_IF_MAYBE (exception, broken_) return refusal(*exception);
  KJ_REQUIRE(waiter_ == nullptr, "a message is already being written to this stream");
  KJ_REQUIRE(!writing_, "the write before this one was dropped and has not ended yet");
  list_.assign(messages);
  if (write_now()) return nullptr;
  KJ_IF_MAYBE (exception, broken_) return refusal(*exception);
  return kj::newAdaptedPromise<void, waiter>(shared_from_this());
}

kj::Promise<void> outgoing::refusal(const kj::Exception& because) const {
  return from_peer(peer_, kj::Exception{because});
}

// As far as the stream takes bytes without waiting; true if that was all.
bool outgoing::write_now() {
  std::error_code error;
  while (!list_.rest().empty() && stream_ != nullptr) {
    const std::size_t bytes = stream_->try_write(list_.rest(), error);
    if (error) {
      if (error != asio::error::would_block) broken_ = to_exception(error, "writing a message");
      return false;
    }
    list_.sent(bytes);
  }
  return list_.rest().empty();
}

void outgoing::completed(const std::error_code& error, std::size_t bytes, lent_bytes&&) {
  writing_ = false;
  list_.sent(bytes);
  if (waiter_ == nullptr) {
    if (list_.halfway()) {
      broken_ = KJ_EXCEPTION(FAILED, "an earlier write was dropped inside a message");
    }
    return;
  }
  resolve_and_turn([&] {
    if (error) {
      broken_ = to_exception(error, "writing a message");
      fail(to_exception(error, "writing a message"));
    } else {
      advance();
    }
  });
}

// Does what can be done next for the one who waits.
void outgoing::advance() {
  if (list_.rest().empty()) {
    finish();
    return;
  }
  KJ_IF_MAYBE (exception, kj::runCatchingExceptions([&] { start(); })) {
    fail(kj::mv(*exception));
  }
}

void outgoing::start() {
  if (stream_ == nullptr) return;
  writing_ = true;
  KJ_ON_SCOPE_FAILURE(writing_ = false);
  stream_->start_write(list_.rest(), transfer_handler{shared_from_this()});
}

// A signal must not be emitted to an operation whose handler has run, nor after its stream.
void outgoing::cancel() {
  if (!writing_ || stream_ == nullptr) return;
  cancellation_.emit(asio::cancellation_type::all);
}

void outgoing::stop() noexcept {
  cancel();
  stream_ = nullptr;
  fail(KJ_EXCEPTION(FAILED, "the message stream was destroyed during a write"));
}

void outgoing::finish() { std::exchange(waiter_, nullptr)->fulfiller.fulfill(); }

void outgoing::fail(kj::Exception&& exception) {
  if (auto* waiting = std::exchange(waiter_, nullptr)) {
    waiting->fulfiller.reject(from_peer(peer_, kj::mv(exception)));
  }
}

}  // namespace v4v::rpc::detail
