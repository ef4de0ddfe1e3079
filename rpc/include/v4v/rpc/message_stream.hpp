#pragma once

#include <kj/debug.h>

#include <asio/error.hpp>
#include <asio/execution/context.hpp>
#include <asio/execution_context.hpp>
#include <asio/query.hpp>
#include <asio/socket_base.hpp>
#include <type_traits>
#include <utility>

#include "v4v/rpc/detail/basic_message_stream.hpp"
#include "v4v/rpc/event_loop.hpp"

namespace v4v::rpc {

/// Cap'n Proto messages on a byte stream, in Cap'n Proto's standard stream framing: what
/// capnp::TwoPartyVatNetwork talks through.
///
///     v4v::rpc::message_stream<v4v::stream> stream{loop, std::move(accepted)};
///     capnp::TwoPartyVatNetwork network{stream, capnp::rpc::twoparty::Side::SERVER};
///
/// `Stream` is an AsyncReadStream and AsyncWriteStream of Asio's, as a value, or as a reference to
/// one that outlives the message stream. Its executor must be that of the loop's io_context. A
/// cancelled async_write_some must no longer touch its buffers once the cancellation signal was
/// emitted; sockets and v4v::stream behave so.
///
/// Writing: the segment table and the segments go to async_write_some as one sequence of buffers,
/// from where they are; no copy is made. They must stay until the promise is resolved or dropped.
/// One write at a time. A write that is dropped or fails half-way leaves the stream unusable for
/// writing.
///
/// Reading: long messages are read where they lie in the ring, if the stream is a v4v::stream and
/// the message came in one piece: the hypervisor's copy was the only one. Many small messages come
/// with one read, which copies them to a buffer of the stream's; a message that did not fit into
/// the ring as a whole is assembled in memory of its own. counts() says how often. In each case a
/// message's reader keeps the bytes alive as long as it likes. One read at a time. A dropped read
/// loses nothing. `scratchSpace` is not used.
///
/// | event | outcome of a read |
/// | --- | --- |
/// | end of file between two messages | null; or DISCONNECTED, see the constructor |
/// | end of file inside a message | DISCONNECTED, "premature EOF" |
/// | more than 512 segments | FAILED; the stream is unusable for reading |
/// | more words than options.traversalLimitInWords | OVERLOADED, before anything is allocated; the
/// stream is unusable for reading | | an error of the stream | as in v4v/rpc/error.hpp, so a reset
/// is DISCONNECTED |
///
/// end() shuts down the sending direction. A stream without shutdown() cannot, and end() does
/// nothing: the peer then reads the end of file when the stream is closed.
///
/// File descriptors do not cross domains: a message with any is refused (UNIMPLEMENTED).
///
/// Thread safety: everything in the loop's thread. Destroyed before the loop, and after the
/// promises of its reads and writes.
template <class Stream>
class message_stream final : public detail::basic_message_stream {
 public:
  using next_layer_type = std::remove_reference_t<Stream>;

  /// Takes `stream`, which must be connected. `peer` names the other end at the beginning of
  /// errors; with a name the end of file between two messages is an error, too (DISCONNECTED):
  /// Cap'n Proto gives it to all calls that it ends, and they should say whom they failed to reach.
  /// Throws kj::Exception (FAILED) when the stream belongs to another io_context than the loop's.
  template <class Arg>
  message_stream(event_loop& loop, Arg&& stream, kj::String peer = nullptr)
      : basic_message_stream{kj::mv(peer)}, stream_{std::forward<Arg>(stream)} {
    const asio::execution_context& context =
        asio::query(stream_.get_executor(), asio::execution::context);
    KJ_REQUIRE(&context == &loop.context(),
               "the stream must belong to the io_context of the event loop");
  }
  ~message_stream() override { stop(); }

  [[nodiscard]] next_layer_type& next_layer() noexcept { return stream_; }

  /// What the stream says: its send_buffer_size() if it has that, or its socket option; or 64 KiB.
  /// Never null, on which Cap'n Proto's flow control would settle for good.
  kj::Maybe<int> getSendBufferSize() override {
    if constexpr (requires { stream_.send_buffer_size(); }) {
      if (const auto size = stream_.send_buffer_size(); size > 0) return static_cast<int>(size);
    } else if constexpr (requires(asio::socket_base::send_buffer_size size, std::error_code error) {
                           stream_.get_option(size, error);
                         }) {
      asio::socket_base::send_buffer_size size;
      std::error_code error;
      stream_.get_option(size, error);
      if (!error && size.value() > 0) return size.value();
    }
    return 64 * 1024;
  }

 private:
  // A view takes more time than the copy of a message shorter than this, and it holds pages for as
  // long as somebody looks at it.
  static constexpr std::size_t long_message = 2048;

  void start_read(asio::mutable_buffer buffer, [[maybe_unused]] bool may_lend,
                  detail::transfer_handler&& handler) override {
    if constexpr (requires {
                    stream_.async_read_or_receive(buffer, long_message, std::move(handler));
                  }) {
      if (may_lend) {
        stream_.async_read_or_receive(buffer, long_message, std::move(handler));
        return;
      }
    }
    stream_.async_read_some(buffer, std::move(handler));
  }

  // Of a socket this is not asked: whether it blocks is the business of its owner.
  std::size_t try_write([[maybe_unused]] std::span<const asio::const_buffer> buffers,
                        std::error_code& error) override {
    if constexpr (requires { stream_.try_write_some(buffers, error); }) {
      return stream_.try_write_some(buffers, error);
    } else {
      error = asio::error::would_block;
      return 0;
    }
  }

  void start_write(std::span<const asio::const_buffer> buffers,
                   detail::transfer_handler&& handler) override {
    stream_.async_write_some(buffers, std::move(handler));
  }

  void shutdown_send([[maybe_unused]] std::error_code& error) override {
    if constexpr (requires { stream_.shutdown(next_layer_type::shutdown_send, error); }) {
      stream_.shutdown(next_layer_type::shutdown_send, error);
    }
  }

  Stream stream_;
};

}  // namespace v4v::rpc
