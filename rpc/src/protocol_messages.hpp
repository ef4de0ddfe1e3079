#pragma once

#include <capnp/rpc.capnp.h>
#include <kj/exception.h>

#include <cstdint>

namespace v4v::rpc {

/// Messages of Cap'n Proto's RPC protocol (rpc.capnp) that this layer writes itself.

/// Tells the peer that the connection is over, and why.
void write_abort(capnp::rpc::Message::Builder message, const kj::Exception& why);

/// Answers the peer's question (call or bootstrap) with an exception. What capabilities came with
/// it are given back.
void write_refusal(capnp::rpc::Message::Builder message, std::uint32_t question,
                   const kj::Exception& why);

}  // namespace v4v::rpc
