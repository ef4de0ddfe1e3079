#pragma once

#include <asio/io_context.hpp>
#include <cstdint>
#include <string>
#include <thread>
#include <v4v/hv/embedded.hpp>

namespace filetransfer {

/// Where files are taken.
inline constexpr std::uint16_t service_domain = 1;
inline constexpr std::uint32_t service_port = 5000;

/// Domain 1, with a service for one folder in it, in a thread of its own until the object is
/// destroyed.
class service_thread {
 public:
  /// Throws std::runtime_error when there is no such folder.
  service_thread(v4v::hv::embedded& hypervisor, const std::string& folder);
  ~service_thread();
  service_thread(const service_thread&) = delete;
  service_thread& operator=(const service_thread&) = delete;

 private:
  asio::io_context io_;
  std::thread thread_;
};

}  // namespace filetransfer
