#pragma once

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/use_awaitable.hpp>
#include <string>
#include <system_error>
#include <thread>

#include "relay.hpp"
#include "v4v/acceptor.hpp"
#include "v4v/embedded_link.hpp"
#include "v4v/guest.hpp"
#include "v4v/hv/embedded.hpp"
#include "v4v/stream.hpp"

namespace v4v::rpc::testing {

/// A domain that relays between V4V and UNIX sockets, in a thread of its own, until destroyed.
class relaying_domain {
 public:
  using socket = asio::local::stream_protocol::socket;

  relaying_domain(hv::embedded& hypervisor, domain_type id)
      : guest_{io_, v4v::embedded_link(hypervisor, id)} {}
  ~relaying_domain() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  /// Who connects to the UNIX socket at `path` from now on talks to the V4V service.
  void from_socket(const std::string& path, const v4v::endpoint& service) {
    asio::local::stream_protocol::acceptor acceptor{io_, path};
    asio::co_spawn(io_, accept_sockets(std::move(acceptor), service), asio::detached);
    run();
  }

  /// Who connects to the port of this domain from now on talks to the UNIX socket at `path`.
  void to_socket(port_type port, const std::string& path) {
    asio::co_spawn(io_, accept_streams(v4v::acceptor{guest_, port}, path), asio::detached);
    run();
  }

 private:
  asio::awaitable<void> accept_sockets(asio::local::stream_protocol::acceptor acceptor,
                                       v4v::endpoint service) {
    while (true) {
      auto accepted = co_await acceptor.async_accept(asio::use_awaitable);
      v4v::stream stream{guest_};
      co_await stream.async_connect(service, asio::use_awaitable);
      relay(std::move(stream), std::move(accepted));
    }
  }

  asio::awaitable<void> accept_streams(v4v::acceptor acceptor, std::string path) {
    while (true) {
      auto accepted = co_await acceptor.async_accept(asio::use_awaitable);
      socket connected{io_};
      co_await connected.async_connect(path, asio::use_awaitable);
      relay(std::move(accepted), std::move(connected));
    }
  }

  void run() {
    thread_ = std::thread{[this] { io_.run(); }};
  }

  asio::io_context io_;
  v4v::guest guest_;
  std::thread thread_;
};

}  // namespace v4v::rpc::testing
