#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include <asio/io_context.hpp>
#include <v4v/endpoint.hpp>
#include <v4v/guest.hpp>
#include <v4v/link.hpp>
#include <v4v/rpc/event_loop.hpp>
#include <v4v/rpc/server.hpp>

#include "caller.hpp"
#include "payload.hpp"

namespace v4v::bench {

/// What is called through v4v::rpc, in the domain of `here`, which must outlive it. It serves while
/// the thread that made it runs `io`.
class v4v_service {
 public:
  v4v_service(asio::io_context& io, guest& here, port_type port, std::size_t ring_size,
              const payload& of_run);

 private:
  rpc::event_loop loop_;
  rpc::server server_;
};

/// Connects to such a service, and lets `measure` call it.
void call_v4v(std::unique_ptr<link> to_hypervisor, const endpoint& service, guest_options options,
              std::size_t ring_size, const payload& of_run,
              const std::function<void(caller&)>& measure);

}  // namespace v4v::bench
