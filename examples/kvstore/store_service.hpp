#pragma once

#include <asio/io_context.hpp>
#include <memory>
#include <v4v/guest.hpp>
#include <v4v/link.hpp>
#include <v4v/rpc/event_loop.hpp>
#include <v4v/rpc/server.hpp>

#include "access.hpp"
#include "store.hpp"

namespace kvstore {

/// Where the store is, in whatever domain.
inline constexpr v4v::port_type store_port = 5000;

/// A store, and its server, in the domain that `link` leads to. It serves while the thread that
/// made it runs `io`, and all of it belongs to that thread.
class store_service {
 public:
  /// `allowed`: which domains get which access to it.
  store_service(asio::io_context& io, std::unique_ptr<v4v::link> link, access allowed);

 private:
  v4v::rpc::event_loop loop_;
  v4v::guest guest_;
  access allowed_;
  store kept_ = make_store();
  v4v::rpc::server server_;
};

}  // namespace kvstore
