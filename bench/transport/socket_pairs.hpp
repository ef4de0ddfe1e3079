#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/connect_pair.hpp>
#include <asio/local/stream_protocol.hpp>

namespace v4v::bench {

/// Two connected sockets, each in an io_context of its own: what v4v_pair is compared with.

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
