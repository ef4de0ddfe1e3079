#include "store_service.hpp"

#include <utility>

namespace kvstore {

// The peer's domain is the hypervisor's word: access control is which object it is handed.
store_service::store_service(asio::io_context& io, std::unique_ptr<v4v::link> link, access allowed)
    : loop_(io),
      guest_(io, std::move(link)),
      allowed_(std::move(allowed)),
      server_(loop_, guest_, store_port, [this](const v4v::rpc::peer& peer) {
        return hand_out(kept_, allowed_, peer.domain);
      }) {}

}  // namespace kvstore
