#pragma once

#include <asio/io_context.hpp>
#include <future>
#include <thread>
#include <v4v/hv/embedded.hpp>

#include "access.hpp"

namespace kvstore {

/// Where the store is served.
inline constexpr std::uint16_t store_domain = 1;
inline constexpr std::uint32_t store_port = 5000;

/// Domain 1, with a store in it, in a thread of its own until the object is destroyed.
class store_thread {
 public:
  /// `allowed`: which domains get which access to it.
  store_thread(v4v::hv::embedded& hypervisor, access allowed);
  ~store_thread();
  store_thread(const store_thread&) = delete;
  store_thread& operator=(const store_thread&) = delete;

 private:
  asio::io_context io_;
  std::thread thread_;
};

}  // namespace kvstore
