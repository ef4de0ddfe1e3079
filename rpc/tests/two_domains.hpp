#pragma once

#include <gtest/gtest.h>
#include <kj/debug.h>

#include <functional>
#include <string>

#include "echo_service.hpp"
#include "serving_domain.hpp"
#include "v4v/rpc/client.hpp"

namespace v4v::rpc::testing {

/// An echo service in domain 1, which the thread of the test, domain 2, can call.
class two_domains : public ::testing::Test {
 protected:
  static constexpr v4v::endpoint service{1, service_port};

  [[nodiscard]] server::bootstrap_function echo_for_all() {
    return [this](const peer&) { return kj::heap<echo_service>(counts); };
  }

  template <class T>
  kj::Exception failure_of(kj::Promise<T>&& promise) {
    try {
      promise.wait(loop.wait_scope());
    } catch (const kj::Exception& e) {
      return kj::Exception{e};
    }
    return KJ_EXCEPTION(UNIMPLEMENTED, "did not fail");
  }

  template <class T>
  void expect_disconnected(kj::Promise<T>&& promise) {
    const auto e = failure_of(kj::mv(promise));
    EXPECT_EQ(e.getType(), kj::Exception::Type::DISCONNECTED) << e.getDescription().cStr();
    EXPECT_NE(text_of(e).find("v4v domain 1 port 5000"), std::string::npos) << text_of(e);
  }

  static std::string text_of(const kj::Exception& e) { return e.getDescription().cStr(); }

  /// Runs both loops until the condition holds.
  void until(const std::function<bool()>& holds) {
    while (!holds())
      loop.timer().afterDelay(50 * kj::MICROSECONDS).wait(loop.wait_scope());
  }

  echo_counts counts;
  hv::embedded hypervisor;
  asio::io_context io;
  v4v::guest guest{io, v4v::embedded_link(hypervisor, 2)};
  event_loop loop{io};
};

}  // namespace v4v::rpc::testing
