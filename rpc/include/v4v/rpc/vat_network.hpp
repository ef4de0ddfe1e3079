#pragma once

#include <capnp/message.h>
#include <capnp/rpc-twoparty.h>
#include <capnp/rpc.capnp.h>
#include <kj/async.h>
#include <kj/function.h>

#include <cstddef>
#include <memory>

#include "v4v/rpc/detail/basic_message_stream.hpp"
#include "v4v/rpc/detail/message_filter.hpp"
#include "v4v/rpc/event_loop.hpp"

namespace v4v::rpc {

/// What a capnp::RpcSystem talks through: the two ends of a message stream. It does what
/// capnp::TwoPartyVatNetwork does, speaks the same protocol, and costs less:
///
///     v4v::rpc::message_stream<v4v::stream> stream{loop, std::move(accepted)};
///     v4v::rpc::vat_network network{loop, stream, capnp::rpc::twoparty::Side::SERVER};
///     auto system = capnp::makeRpcServer(network, bootstrap);
///
///  - What the RPC system sends while KJ's loop has events to run is written together when it has
///    run them: with one hypercall, over a v4v::stream. Many messages, or long ones, do not wait.
///  - Messages are built in memory that was used for others before.
///  - What the peer sent before it was gone is read before the error of a write to it is told.
///
/// Flow control: the window of streaming calls is the stream's getSendBufferSize().
///
/// Thread safety: everything in the loop's thread. Destroyed before the stream and the loop, after
/// the RPC system; messages and flow controllers that capabilities still hold may be destroyed
/// later.
class vat_network final : public capnp::TwoPartyVatNetworkBase {
 public:
  /// `options` limit each incoming message, and each outgoing one: a message over the limit that is
  /// to be sent is an exception (FAILED) there, since a peer with the same limit would not take it.
  vat_network(event_loop& loop, detail::basic_message_stream& stream,
              capnp::rpc::twoparty::Side side, capnp::ReaderOptions options = {});
  ~vat_network();

  // For servers and clients, which put something of their own between the messages of Cap'n Proto.

  /// Has `filter` see all messages from the first on.
  vat_network(event_loop& loop, detail::basic_message_stream& stream,
              capnp::rpc::twoparty::Side side, capnp::ReaderOptions options,
              detail::message_filter& filter);

  /// Sends a message that `build` fills in, behind those that were sent.
  void post(kj::FunctionParam<void(capnp::rpc::Message::Builder)> build);

  /// How many of those are not yet written.
  [[nodiscard]] std::size_t posted() const noexcept;

  /// Resolves when the RPC system has let go of the connection: it has ended.
  [[nodiscard]] kj::Promise<void> on_disconnect();

  /// Bytes of messages that wait for the peer to make room.
  [[nodiscard]] std::size_t queued_bytes() const noexcept;

  kj::Maybe<kj::Own<Connection>> connect(capnp::rpc::twoparty::VatId::Reader peer) override;
  kj::Promise<kj::Own<Connection>> accept() override;

 private:
  class connection;

  const std::unique_ptr<connection> connection_;
  bool accepted_ = false;
};

}  // namespace v4v::rpc
