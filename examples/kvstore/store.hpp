#pragma once

#include <kj/function.h>

#include <v4v/endpoint.hpp>

#include "kvstore.capnp.h"

namespace kvstore {

/// The objects of one store. Whoever is handed one may do what that can do. They may live longer
/// than this.
struct store {
  Store::Client for_writer;

  /// For a peer in that domain, which is named in the error that it gets when it tries to write.
  kj::Function<ReadOnlyStore::Client(v4v::domain_type)> for_reader;
};

/// A store that is empty. To be used in the thread of one event loop.
store make_store();

}  // namespace kvstore
