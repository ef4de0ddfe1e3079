#pragma once

#include <asio/io_context.hpp>
#include <exception>
#include <future>
#include <thread>
#include <utility>

namespace roles {

/// A service in a thread of its own until this object is destroyed. It is made there, as
/// `Service(io, arguments...)`, for what it is built on may belong to the thread that makes it, and
/// destroyed there.
template <class Service>
class service_thread {
 public:
  /// Returns when it serves. Throws what making it throws.
  template <class... Arguments>
  explicit service_thread(Arguments... arguments) {
    auto ready = serving_.get_future();
    thread_ = std::thread(
        [this, ... arguments = std::move(arguments)]() mutable { serve(std::move(arguments)...); });
    try {
      ready.get();
    } catch (...) {
      thread_.join();
      throw;
    }
  }
  ~service_thread() {
    io_.stop();
    thread_.join();
  }
  service_thread(const service_thread&) = delete;
  service_thread& operator=(const service_thread&) = delete;

 private:
  template <class... Arguments>
  void serve(Arguments... arguments) {
    bool serves = false;
    try {
      Service service(io_, std::move(arguments)...);
      serves = true;
      serving_.set_value();
      io_.run();
    } catch (...) {
      if (serves) throw;  // ends the program: nobody waits to be told
      serving_.set_exception(std::current_exception());
    }
  }

  asio::io_context io_;
  std::promise<void> serving_;
  std::thread thread_;
};

}  // namespace roles
