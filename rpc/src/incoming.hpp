#pragma once

#include <capnp/serialize-async.h>

#include "message_assembler.hpp"
#include "v4v/rpc/detail/basic_message_stream.hpp"
#include "v4v/rpc/detail/message_filter.hpp"
#include "v4v/rpc/detail/transfer.hpp"

namespace v4v::rpc::detail {

/// The reading half of a message stream: one async_read_some at a time, of which the bytes go to
/// the assembler whether or not somebody still waits for the message.
class incoming final : public transfer, public std::enable_shared_from_this<incoming> {
 public:
  using message = kj::Maybe<capnp::MessageReaderAndFds>;

  incoming(basic_message_stream& stream, kj::String peer) : stream_{&stream}, peer_{kj::mv(peer)} {}

  void filter_with(message_filter& filter) noexcept { filter_ = &filter; }

  kj::Promise<message> read(const capnp::ReaderOptions& options);
  void completed(const std::error_code& error, std::size_t bytes, lent_bytes&& lent) override;
  void stop() noexcept;

  /// Every read fails with this from now on, the one that waits included.
  void give_up(kj::Exception&& because);

  [[nodiscard]] const message_counts& counts() const noexcept { return assembler_.counts(); }

 private:
  class waiter;

  [[nodiscard]] kj::Maybe<kj::Own<capnp::MessageReader>> next(const capnp::ReaderOptions& options);
  void advance();
  void start();
  void cancel();
  void finish(message&& result);
  void end_of_file();
  void fail(kj::Exception&& exception);

  basic_message_stream* stream_;  // null once it is gone
  const kj::String peer_;         // its name, or empty
  message_filter* filter_ = nullptr;
  message_assembler assembler_;
  waiter* waiter_ = nullptr;  // the read that somebody waits for
  bool reading_ = false;      // an async_read_some is pending
  bool cancelled_ = false;    // and was told to end, by us
  std::error_code ended_;     // why nothing more will come
  kj::Maybe<kj::Exception> given_up_;
};

}  // namespace v4v::rpc::detail
