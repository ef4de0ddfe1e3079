#pragma once

#include <capnp/blob.h>

#include <string_view>

namespace kvstore {

// Cap'n Proto's bytes and the standard library's, of the same memory.

inline capnp::Data::Reader bytes(std::string_view text) {
  return {reinterpret_cast<const kj::byte*>(text.data()), text.size()};
}

inline std::string_view view(capnp::Data::Reader bytes) {
  return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
}

}  // namespace kvstore
