#pragma once

#include <kj/async.h>

#include <memory>
#include <string>
#include <string_view>
#include <v4v/guest.hpp>
#include <v4v/link.hpp>
#include <v4v/rpc/client.hpp>
#include <v4v/rpc/event_loop.hpp>

#include "kvstore.capnp.h"

namespace kvstore {

/// A domain that may read the store at `service`: it follows a key, and says what it is told.
class reader {
 public:
  reader(std::unique_ptr<v4v::link> link, v4v::rpc::event_loop& loop, const v4v::endpoint& service);

  /// Returns when the store knows that this domain follows `key`.
  void follow(std::string_view key);

  /// Returns when the key was set to `value`, and this domain was told. Throws kj::Exception when
  /// the connection is lost before.
  void wait_for(std::string_view value);

  /// Tries to set the key, and returns what the store answers to that; empty if it lets it happen.
  std::string try_to_put(std::string_view key, std::string_view value);

 private:
  struct heard;

  v4v::domain_type domain_;
  kj::WaitScope& scope_;
  v4v::guest guest_;
  v4v::rpc::client client_;
  Following::Client following_ = nullptr;
  std::shared_ptr<heard> heard_;
};

}  // namespace kvstore
