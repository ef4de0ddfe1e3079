#pragma once

#include <capnp/capability.h>

#include <set>
#include <v4v/endpoint.hpp>

#include "store.hpp"

namespace kvstore {

/// Which domains may do what; all others may do nothing.
struct access {
  std::set<v4v::domain_type> writers{2};
  std::set<v4v::domain_type> readers;
  bool all_read = false;  // whoever is not a writer is a reader, whatever domain it is
};

/// What `domain` is handed when it connects: a Store if it is a writer, a ReadOnlyStore if it is a
/// reader. Throws std::runtime_error if it is neither; v4v::rpc::server then hands it an object
/// each call of which fails with that.
capnp::Capability::Client hand_out(store& kept, const access& allowed, v4v::domain_type domain);

}  // namespace kvstore
