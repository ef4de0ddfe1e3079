#pragma once

#include <capnp/capability.h>

#include "interception.hpp"

namespace v4v::rpc {

/// The same capability, with calls on it, and on all capabilities that come from them, made as `by`
/// says. What Cap'n Proto sends to a peer is the capability itself: it looks through getResolved(),
/// so that a peer's own capability is recognised when it is passed back, and not proxied.
[[nodiscard]] kj::Own<capnp::ClientHook> intercept(kj::Own<capnp::ClientHook> capability,
                                                   kj::Own<interception> by);

/// The same capability with a deadline, instead of the one that it had.
[[nodiscard]] kj::Own<capnp::ClientHook> intercept(kj::Own<capnp::ClientHook> capability,
                                                   kj::Maybe<capnp::InterfaceSchema> interface,
                                                   interception::deadline deadline);

}  // namespace v4v::rpc
