#pragma once

#include <asio/io_context.hpp>
#include <future>
#include <thread>
#include <v4v/hv/embedded.hpp>

namespace calculator {

/// Where the calculator is served.
inline constexpr std::uint16_t service_domain = 1;
inline constexpr std::uint32_t service_port = 5000;

/// Domain 1, with a calculator in it, in a thread of its own until the object is destroyed.
class service_thread {
 public:
  explicit service_thread(v4v::hv::embedded& hypervisor);
  ~service_thread();
  service_thread(const service_thread&) = delete;
  service_thread& operator=(const service_thread&) = delete;

 private:
  asio::io_context io_;
  std::thread thread_;
};

}  // namespace calculator
