#pragma once

#include <kj/async.h>

#include <chrono>
#include <cstddef>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "v4v/embedded_link.hpp"
#include "v4v/guest.hpp"
#include "v4v/hv/embedded.hpp"
#include "v4v/rpc/event_loop.hpp"
#include "v4v/rpc/server.hpp"

namespace v4v::rpc::testing {

inline constexpr port_type service_port = 5000;

/// A domain with an RPC server, in a thread of its own that only calls io.run(), until destroyed.
class serving_domain {
 public:
  /// Runs `function` in the domain's thread and waits for it.
  template <class Function>
  auto in_thread(Function function) {
    std::packaged_task<decltype(function())()> task{std::move(function)};
    auto result = task.get_future();
    asio::post(io_, std::move(task));
    return result.get();
  }

  serving_domain(hv::embedded& hypervisor, domain_type id, server::bootstrap_function bootstrap,
                 server_options options = {}) {
    std::promise<void> ready;
    auto is_ready = ready.get_future();
    thread_ = std::thread{[&] {
      v4v::guest guest{io_, v4v::embedded_link(hypervisor, id)};
      event_loop loop{io_};
      server_.emplace(loop, guest, service_port, kj::mv(bootstrap), options);
      ready.set_value();
      io_.run();
    }};
    is_ready.get();
  }
  ~serving_domain() noexcept {
    in_thread([this] {
      draining_ = nullptr;
      server_.reset();
      work_.reset();
    });
    thread_.join();
  }

  void destroy_server() {
    in_thread([this] { server_.reset(); });
  }
  /// Begins to drain; the result is there when it is done.
  [[nodiscard]] std::future<void> drain(std::chrono::nanoseconds grace) {
    auto done = std::make_shared<std::promise<void>>();
    in_thread([this, grace, done] {
      draining_ = server_->drain(grace)
                      .then([done] { done->set_value(); })
                      .eagerlyEvaluate([done](kj::Exception&& e) {
                        done->set_exception(std::make_exception_ptr(kj::mv(e)));
                      });
    });
    return done->get_future();
  }
  [[nodiscard]] std::size_t connections() {
    return in_thread([this] { return server_->connections(); });
  }

 private:
  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  std::optional<server> server_;
  kj::Promise<void> draining_ = nullptr;
  std::thread thread_;
};

}  // namespace v4v::rpc::testing
