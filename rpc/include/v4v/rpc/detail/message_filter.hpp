#pragma once

#include <capnp/message.h>

namespace v4v::rpc::detail {

/// Sees every message of a connection, in both directions. It must outlive that.
class message_filter {
 public:
  /// A message that came. False keeps it from the RPC system. What this throws is the error of the
  /// read.
  virtual bool arriving(capnp::MessageReader& message) = 0;

  /// A message that the RPC system has sent, by its segments; not those of vat_network::post().
  virtual void leaving(
      [[maybe_unused]] kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> message) {}

  /// All messages that were to go out have been written.
  virtual void all_written() {}

  /// Nothing more will be read, or can be written; said before readers and writers learn of it, and
  /// maybe more than once.
  virtual void ending() {}

 protected:
  ~message_filter() = default;
};

}  // namespace v4v::rpc::detail
