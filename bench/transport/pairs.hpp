#pragma once

#include <optional>
#include <string>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/connect_pair.hpp>
#include <asio/local/stream_protocol.hpp>

#include "v4v/acceptor.hpp"
#include "v4v/embedded_link.hpp"
#include "v4v/guest.hpp"
#include "v4v/hv/embedded.hpp"
#include "v4v/stream.hpp"

namespace v4v::bench {

/// Two io_contexts, for a thread each, and a connection between them: `near()` and `far()`.

class v4v_pair {
 public:
  using stream_type = v4v::stream;

  explicit v4v_pair(busy_poll polling)
      : server_{here, embedded_link(hypervisor_, 1), {polling}},
        client_{there, embedded_link(hypervisor_, 2), {polling}},
        near_{server_},
        far_{client_} {
    acceptor a{server_, 5000};
    a.async_accept([&](std::error_code, stream s) { near_ = std::move(s); });
    far_.async_connect({1, 5000}, [](std::error_code) {});
    while (!near_.is_open()) {
      here.poll();
      there.poll();
      here.restart();
      there.restart();
    }
    there.run();
    here.restart();
    there.restart();
  }

  stream_type& near() { return near_; }
  stream_type& far() { return far_; }

  asio::io_context here{1};
  asio::io_context there{1};

 private:
  hv::embedded hypervisor_;
  guest server_;
  guest client_;
  stream near_;
  stream far_;
};

class unix_pair {
 public:
  using stream_type = asio::local::stream_protocol::socket;

  unix_pair() { asio::local::connect_pair(near_, far_); }
  stream_type& near() { return near_; }
  stream_type& far() { return far_; }

  asio::io_context here{1};
  asio::io_context there{1};

 private:
  stream_type near_{here};
  stream_type far_{there};
};

class tcp_pair {
 public:
  using stream_type = asio::ip::tcp::socket;

  tcp_pair() {
    asio::ip::tcp::acceptor a{here, {asio::ip::address_v4::loopback(), 0}};
    far_.connect(a.local_endpoint());
    a.accept(near_);
    near_.set_option(asio::ip::tcp::no_delay{true});
    far_.set_option(asio::ip::tcp::no_delay{true});
  }
  stream_type& near() { return near_; }
  stream_type& far() { return far_; }

  asio::io_context here{1};
  asio::io_context there{1};

 private:
  stream_type near_{here};
  stream_type far_{there};
};

}  // namespace v4v::bench
