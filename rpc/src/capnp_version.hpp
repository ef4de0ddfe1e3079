#pragma once

#include <capnp/capability.h>
#include <capnp/rpc.capnp.h>

namespace v4v::rpc {

/// All that differs between Cap'n Proto 0.9 and 1.x.

/// Whether the peer expects no answer to this call: then Cap'n Proto sends none, and the call is
/// over when the peer finishes it.
[[nodiscard]] inline bool goes_unanswered([[maybe_unused]] capnp::rpc::Call::Reader call) {
#if CAPNP_VERSION >= 1000000
  return call.getOnlyPromisePipeline();
#else
  return false;
#endif
}

#if CAPNP_VERSION >= 1000000
/// What hooks are told of a call besides which it is.
using call_hints = capnp::ClientHook::CallHints;
#endif

}  // namespace v4v::rpc

/// The parameters of capnp::ClientHook::newCall and call that only 1.x has, and as arguments.
#if CAPNP_VERSION >= 1000000
#define V4V_CALL_HINTS , ::v4v::rpc::call_hints hints
#define V4V_HINTS , hints
#else
#define V4V_CALL_HINTS
#define V4V_HINTS
#endif
