#pragma once

#include <asio/io_context.hpp>
#include <memory>
#include <v4v/guest.hpp>
#include <v4v/link.hpp>
#include <v4v/rpc/event_loop.hpp>
#include <v4v/rpc/server.hpp>

#include "service.hpp"

namespace calculator {

/// Where the calculator is, in whatever domain.
inline constexpr v4v::port_type service_port = 5000;

/// A calculator, and its server, in the domain that `link` leads to. It serves while the thread
/// that made it runs `io`, and all of it belongs to that thread.
class calculator_service {
 public:
  calculator_service(asio::io_context& io, std::unique_ptr<v4v::link> link)
      : loop_(io),
        guest_(io, std::move(link)),
        server_(loop_, guest_, service_port,
                [this](const v4v::rpc::peer&) { return calculator_; }) {}

 private:
  v4v::rpc::event_loop loop_;
  v4v::guest guest_;
  Calculator::Client calculator_ = make_calculator();
  v4v::rpc::server server_;
};

}  // namespace calculator
