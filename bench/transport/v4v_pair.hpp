#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include <v4v/abi.h>
#include <v4v/acceptor.hpp>
#include <v4v/datagram_socket.hpp>
#include <v4v/guest.hpp>
#include <v4v/hv/embedded.hpp>
#include <v4v/stream.hpp>

#include "two_ends.hpp"

namespace v4v::bench {

inline constexpr std::size_t smallest_ring = V4V_PAGE_SIZE;

/// Two guests and connections between them, of which one end each is with one of the guests.
class v4v_pair : public two_ends {
 public:
  using socket = stream;

  explicit v4v_pair(busy_poll polling, std::size_t ring_size = acceptor_options{}.ring_size,
                    threads count = threads::two, std::size_t connections = 1);

  /// The first connection.
  stream& near() { return near_.front(); }
  stream& far() { return far_.front(); }

  std::vector<stream>& all_near() { return near_; }
  std::vector<stream>& all_far() { return far_; }

 private:
  hv::embedded hypervisor_;
  guest server_;
  guest client_;
  std::vector<stream> near_;
  std::vector<stream> far_;
};

/// Two guests, and a datagram socket of each.
class v4v_datagram_pair : public two_ends {
 public:
  explicit v4v_datagram_pair(busy_poll polling, threads count = threads::two);

  datagram_socket& near() { return near_; }
  datagram_socket& far() { return far_; }

 private:
  hv::embedded hypervisor_;
  guest server_;
  guest client_;
  datagram_socket near_;
  datagram_socket far_;
};

/// So many guests that are connected to the same one.
class v4v_crowd : public two_ends {
 public:
  v4v_crowd(busy_poll polling, std::size_t guests);

  std::vector<stream>& all_near() { return near_; }
  std::vector<stream>& all_far() { return far_; }

 private:
  hv::embedded hypervisor_;
  guest server_;
  std::deque<guest> clients_;
  std::vector<stream> near_;
  std::vector<stream> far_;
};

}  // namespace v4v::bench
