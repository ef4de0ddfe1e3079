#pragma once

#include <capnp/serialize-async.h>

#include <asio/buffer.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <system_error>

#include "v4v/rpc/detail/transfer.hpp"
#include "v4v/rpc/message_counts.hpp"

namespace v4v::rpc {
class vat_network;
}

namespace v4v::rpc::detail {

class incoming;
class outgoing;

/// All of message_stream that does not depend on the type of the stream. Its contract is in
/// v4v/rpc/message_stream.hpp.
class basic_message_stream : public capnp::MessageStream {
 public:
  using file_descriptors = decltype(capnp::MessageReaderAndFds::fds);

  kj::Promise<kj::Maybe<capnp::MessageReaderAndFds>> tryReadMessage(
      file_descriptors, capnp::ReaderOptions options, kj::ArrayPtr<capnp::word>) final;
  using capnp::MessageStream::tryReadMessage;

  kj::Promise<void> writeMessage(
      kj::ArrayPtr<const int> fds,
      kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments) final;
  using capnp::MessageStream::writeMessage;

  kj::Promise<void> writeMessages(
      kj::ArrayPtr<kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>>> messages) final;
  using capnp::MessageStream::writeMessages;

  kj::Promise<void> end() final;

  /// How messages were read so far.
  [[nodiscard]] const message_counts& counts() const noexcept;

 protected:
  explicit basic_message_stream(kj::String peer);
  virtual ~basic_message_stream();

  /// To be called by the destructor of the derived class, while there still is a stream: cancels
  /// what is pending, and sees to it that nothing more is started.
  void stop() noexcept;

 private:
  friend class incoming;
  friend class outgoing;
  friend class v4v::rpc::vat_network;

  /// Reads into `buffer`; or lends what comes, if it `may_lend` and the stream can.
  virtual void start_read(asio::mutable_buffer buffer, bool may_lend,
                          transfer_handler&& handler) = 0;
  /// Writes what the stream takes at once; would_block when it cannot say.
  virtual std::size_t try_write(std::span<const asio::const_buffer> buffers,
                                std::error_code& error) = 0;
  virtual void start_write(std::span<const asio::const_buffer> buffers,
                           transfer_handler&& handler) = 0;
  virtual void shutdown_send(std::error_code& error) = 0;

  // Shared with the handlers, which may run after the stream is gone.
  const std::shared_ptr<incoming> incoming_;
  const std::shared_ptr<outgoing> outgoing_;
};

}  // namespace v4v::rpc::detail
