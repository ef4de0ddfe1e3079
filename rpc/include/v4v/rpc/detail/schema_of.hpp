#pragma once

#include <capnp/capability.h>
#include <capnp/schema.h>

#include <type_traits>

namespace v4v::rpc::detail {

/// What is known of an interface at compile time; nothing of capnp::Capability.
template <class Interface>
[[nodiscard]] kj::Maybe<capnp::InterfaceSchema> schema_of() {
  if constexpr (std::is_same_v<Interface, capnp::Capability>) {
    return nullptr;
  } else {
    return capnp::Schema::from<Interface>();
  }
}

/// A client of that interface.
template <class Interface>
[[nodiscard]] typename Interface::Client as(capnp::Capability::Client&& capability) {
  if constexpr (std::is_same_v<Interface, capnp::Capability>) {
    return kj::mv(capability);
  } else {
    return capability.castAs<Interface>();
  }
}

}  // namespace v4v::rpc::detail
