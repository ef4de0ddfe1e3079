#pragma once

#include <memory>
#include <v4v/endpoint.hpp>

#include "kvstore.capnp.h"

namespace kvstore {

/// A store that is empty. To be used in the thread of one event loop.
///
/// Whoever is handed one of its objects uses this store, and may do what the object can do. The
/// objects may live longer than this.
class store {
 public:
  store();
  ~store();
  store(const store&) = delete;
  store& operator=(const store&) = delete;

  Store::Client for_writer();

  /// For a peer in `domain`, which is named in the error that it gets when it tries to write.
  ReadOnlyStore::Client for_reader(v4v::domain_type domain);

 private:
  struct shared;
  std::unique_ptr<shared> shared_;
};

}  // namespace kvstore
