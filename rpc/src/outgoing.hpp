#pragma once

#include <kj/async.h>

#include "gather_list.hpp"
#include "v4v/rpc/detail/basic_message_stream.hpp"
#include "v4v/rpc/detail/transfer.hpp"

namespace v4v::rpc::detail {

/// The writing half of a message stream: one gather list at a time, in as many async_write_some as
/// it takes.
class outgoing final : public transfer, public std::enable_shared_from_this<outgoing> {
 public:
  outgoing(basic_message_stream& stream, kj::String peer) : stream_{&stream}, peer_{kj::mv(peer)} {}

  kj::Promise<void> write(kj::ArrayPtr<const segment_list> messages);

  /// The same, null when there was nothing to wait for.
  kj::Maybe<kj::Promise<void>> write_or_wait(kj::ArrayPtr<const segment_list> messages);

  void completed(const std::error_code& error, std::size_t bytes, lent_bytes&&) override;
  void stop() noexcept;

 private:
  class waiter;

  [[nodiscard]] kj::Promise<void> refusal(const kj::Exception& because) const;
  bool write_now();
  void advance();
  void start();
  void cancel();
  void finish();
  void fail(kj::Exception&& exception);

  basic_message_stream* stream_;  // null once it is gone
  const kj::String peer_;         // its name, or empty
  gather_list list_;
  waiter* waiter_ = nullptr;         // the write that somebody waits for
  bool writing_ = false;             // an async_write_some is pending
  kj::Maybe<kj::Exception> broken_;  // why nothing more can be written
};

}  // namespace v4v::rpc::detail
