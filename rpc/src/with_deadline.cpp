#include "v4v/rpc/with_deadline.hpp"

#include "intercepted.hpp"
#include "v4v/rpc/event_loop.hpp"

namespace v4v::rpc::detail {

capnp::Capability::Client with_deadline(capnp::Capability::Client&& capability,
                                        kj::Maybe<capnp::InterfaceSchema> interface,
                                        std::chrono::nanoseconds deadline) {
  return capnp::Capability::Client{
      intercept(capnp::ClientHook::from(kj::mv(capability)), kj::mv(interface),
                interception::deadline{event_loop::current().timer(), deadline})};
}

}  // namespace v4v::rpc::detail
