#pragma once

#include <cstddef>
#include <vector>

#include <asio/io_context.hpp>
#include <v4v/acceptor.hpp>
#include <v4v/guest.hpp>
#include <v4v/hv/embedded.hpp>
#include <v4v/stream.hpp>

namespace v4v::bench {

/// Two guests, each in an io_context of its own, and a connection between them: `near()` and
/// `far()`. And as many other connections between the same two as wanted, of which each end reads,
/// and nothing comes.
class v4v_pair {
 public:
  using stream_type = v4v::stream;

  explicit v4v_pair(busy_poll polling, int idle_connections = 0,
                    std::size_t ring_size = acceptor_options{}.ring_size);

  stream_type& near() { return near_; }
  stream_type& far() { return far_; }

  asio::io_context here{1};
  asio::io_context there{1};

 private:
  void allow_rings(domain_type of, int count);
  void connect(acceptor& a, stream& near, stream& far);
  void add_idle(acceptor& a);

  hv::embedded hypervisor_;
  guest server_;
  guest client_;
  stream near_;
  stream far_;
  std::vector<stream> idle_;
  char nothing_ = 0;  // the buffer of reads that nobody serves
};

}  // namespace v4v::bench
