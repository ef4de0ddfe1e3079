#pragma once

#include <asio/io_context.hpp>
#include <memory>
#include <string>
#include <utility>
#include <v4v/guest.hpp>
#include <v4v/link.hpp>
#include <v4v/rpc/event_loop.hpp>
#include <v4v/rpc/server.hpp>

#include "service.hpp"

namespace filetransfer {

/// Where files are taken, in whatever domain.
inline constexpr v4v::port_type service_port = 5000;

/// A folder into which all domains may put files, and its server, in the domain that `link` leads
/// to. It serves while the thread that made it runs `io`, and all of it belongs to that thread.
class folder_service {
 public:
  /// Throws std::runtime_error when there is no such folder.
  folder_service(asio::io_context& io, std::unique_ptr<v4v::link> link, const std::string& folder)
      : loop_(io),
        guest_(io, std::move(link)),
        services_(folder),
        server_(loop_, guest_, service_port,
                [this](const v4v::rpc::peer& peer) { return services_.for_domain(peer.domain); }) {}

 private:
  v4v::rpc::event_loop loop_;
  v4v::guest guest_;
  file_services services_;
  v4v::rpc::server server_;
};

}  // namespace filetransfer
