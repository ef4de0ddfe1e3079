#pragma once

#include <asio/ip/tcp.hpp>
#include <asio/local/connect_pair.hpp>
#include <asio/local/datagram_protocol.hpp>
#include <asio/local/stream_protocol.hpp>

#include "two_ends.hpp"

namespace v4v::bench {

/// Connected sockets of the system: what v4v's pairs are compared with.

template <class Protocol>
class local_pair : public two_ends {
 public:
  using socket = typename Protocol::socket;

  explicit local_pair(threads count = threads::two) : two_ends{count} {
    asio::local::connect_pair(near_, far_);
  }
  socket& near() { return near_; }
  socket& far() { return far_; }

 private:
  socket near_{here()};
  socket far_{there()};
};

using unix_pair = local_pair<asio::local::stream_protocol>;
using unix_datagram_pair = local_pair<asio::local::datagram_protocol>;

class tcp_pair : public two_ends {
 public:
  using socket = asio::ip::tcp::socket;

  tcp_pair() : two_ends{threads::two} {
    asio::ip::tcp::acceptor a{here(), {asio::ip::address_v4::loopback(), 0}};
    far_.connect(a.local_endpoint());
    a.accept(near_);
    near_.set_option(asio::ip::tcp::no_delay{true});
    far_.set_option(asio::ip::tcp::no_delay{true});
  }
  socket& near() { return near_; }
  socket& far() { return far_; }

 private:
  socket near_{here()};
  socket far_{there()};
};

}  // namespace v4v::bench
