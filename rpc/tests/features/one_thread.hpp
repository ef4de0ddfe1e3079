#pragma once

#include <gtest/gtest.h>
#include <kj/debug.h>

#include <asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "features/features.capnp.h"
#include "features/rpc_end.hpp"
#include "v4v/acceptor.hpp"
#include "v4v/embedded_link.hpp"
#include "v4v/guest.hpp"
#include "v4v/hv/embedded.hpp"
#include "v4v/rpc/use_promise.hpp"

namespace v4v::rpc::testing {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

inline constexpr std::size_t usual_ring = 256 * 1024;

/// A serving domain and a calling one in the thread of the test, so that what happens, and in which
/// order, is the same each time.
class one_thread : public ::testing::Test {
 protected:
  static constexpr port_type port = 5000;

  ~one_thread() noexcept override = default;

  /// What tests keep for the objects of a server is still there when those are destroyed.
  void TearDown() override {
    client.reset();
    server.reset();
  }

  /// A connected pair of streams: the server's, and the client's.
  std::pair<v4v::stream, v4v::stream> connected_streams(std::size_t ring_size = usual_ring) {
    v4v::acceptor acceptor{server_guest, port, {ring_size, 1}};
    v4v::stream connecting{client_guest, {ring_size}};
    auto accepted = acceptor.async_accept(use_promise);
    auto connected = connecting.async_connect({1, port}, use_promise);
    auto first = accepted.wait(loop.wait_scope());
    connected.wait(loop.wait_scope());
    return {std::move(first), std::move(connecting)};
  }

  /// Connects the two domains; `bootstrap` is what the server hands out.
  void connect(capnp::Capability::Client bootstrap, std::size_t ring_size = usual_ring) {
    auto [first, second] = connected_streams(ring_size);
    server.emplace(loop, std::move(first), rpc_end::side::SERVER, kj::mv(bootstrap));
    client.emplace(loop, std::move(second));
  }

  /// Runs both domains until the condition holds. Throws when nothing happens any more before that.
  template <class Condition>
  void until(Condition holds) {
    while (!holds()) {
      if (io.stopped()) io.restart();
      KJ_REQUIRE(io.run_one_for(std::chrono::seconds{30}) > 0,
                 "what the test waits for does not happen");
    }
  }

  /// Runs both domains as long as there is anything to do.
  void until_idle() {
    do {
      if (io.stopped()) io.restart();
    } while (io.poll() > 0);
  }

  template <class T>
  T result_of(kj::Promise<T>&& promise) {
    return promise.wait(loop.wait_scope());
  }

  template <class T>
  kj::Exception failure_of(kj::Promise<T>&& promise) {
    try {
      promise.wait(loop.wait_scope());
    } catch (const kj::Exception& e) {
      return kj::Exception{e};
    }
    ADD_FAILURE() << "did not fail";
    return KJ_EXCEPTION(FAILED, "did not fail");
  }

  static std::string text_of(const kj::Exception& e) { return e.getDescription().cStr(); }

  hv::embedded hypervisor;
  asio::io_context io;
  v4v::guest server_guest{io, v4v::embedded_link(hypervisor, 1)};
  v4v::guest client_guest{io, v4v::embedded_link(hypervisor, 2)};
  event_loop loop{io};
  std::optional<rpc_end> server, client;
};

}  // namespace v4v::rpc::testing
