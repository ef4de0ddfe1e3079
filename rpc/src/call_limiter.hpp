#pragma once

#include <capnp/rpc.capnp.h>
#include <kj/async.h>

#include <cstddef>
#include <cstdint>
#include <unordered_set>

#include "v4v/rpc/detail/message_filter.hpp"
#include "v4v/rpc/vat_network.hpp"

namespace v4v::rpc {

/// Counts the calls of a connection's peer, at the level of messages: a Call that comes is one, for
/// whichever capability, and the Return that goes out ends it. (So is what asks for the bootstrap
/// capability.) Calls that may not be are answered here, and Cap'n Proto never learns of them.
class call_limiter final : public detail::message_filter {
 public:
  /// Calls that are refused for `most` of them in flight are answered through `network`.
  call_limiter(vat_network& network, std::size_t most) : network_{network}, most_{most} {}

  /// From now on every new call is refused, as DISCONNECTED. Resolves when none is in flight and
  /// all answers have been written. To be called once.
  [[nodiscard]] kj::Promise<void> drain();

  bool arriving(capnp::MessageReader& reader) override;
  void leaving(kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> message) override;
  void all_written() override;

 private:
  bool call(capnp::rpc::Call::Reader call);
  bool question(std::uint32_t id);
  bool finish(std::uint32_t id);
  void refuse(std::uint32_t id, const kj::Exception& why);
  void tell_if_drained();

  vat_network& network_;
  const std::size_t most_;
  std::size_t in_flight_ = 0;
  std::unordered_set<std::uint32_t> refused_;     // questions that the peer has yet to finish
  std::unordered_set<std::uint32_t> unanswered_;  // calls in flight that end when they are finished
  bool written_ = true;
  kj::Maybe<kj::Own<kj::PromiseFulfiller<void>>> drained_;
};

}  // namespace v4v::rpc
