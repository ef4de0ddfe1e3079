#pragma once

#include <capnp/any.h>
#include <capnp/capability.h>
#include <capnp/schema.h>

#include <string_view>

#include "bytes.hpp"
#include "kvstore.capnp.h"

namespace kvstore {

/// A put as an ordinary call, whose promise waits for the answer. That of a streaming call says
/// only that the next one may be sent; its errors come with later ones. Which of the two a call is,
/// is the caller's choice, and makes no difference to the store.
inline capnp::Request<capnp::AnyPointer, capnp::AnyPointer> answered_put(Store::Client store,
                                                                         std::string_view key,
                                                                         std::string_view value) {
  const auto method = capnp::Schema::from<Store>().getMethodByName("put").getOrdinal();
  auto request = store.typelessRequest(capnp::typeId<Store>(), method, nullptr);
  auto params = request.initAs<Store::PutParams>();
  params.setKey(bytes(key));
  params.setValue(bytes(value));
  return request;
}

}  // namespace kvstore
