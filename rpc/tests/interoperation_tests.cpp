// Cap'n Proto's own clients and servers, as they are, at the other end of a relay that copies
// bytes.

#include <capnp/ez-rpc.h>
#include <capnp/rpc-twoparty.h>
#include <gtest/gtest.h>
#include <kj/async-io.h>
#include <kj/debug.h>
#include <kj/io.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <filesystem>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "echo_service.hpp"
#include "relaying_domain.hpp"
#include "serving_domain.hpp"
#include "v4v/rpc/client.hpp"

namespace v4v::rpc::testing {
namespace {

/// A directory for a socket, until destroyed.
class socket_directory {
 public:
  socket_directory() {
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error{"mkdtemp failed"};
  }
  ~socket_directory() { std::filesystem::remove_all(path_); }
  socket_directory(const socket_directory&) = delete;
  socket_directory& operator=(const socket_directory&) = delete;

  [[nodiscard]] std::string socket() const { return path_ + "/socket"; }
  [[nodiscard]] std::string address() const { return "unix:" + socket(); }

 private:
  std::string path_ = (std::filesystem::temp_directory_path() / "v4v-rpc-XXXXXX").string();
};

/// What both ends must be able to do, whoever made them.
void expect_all_features(Echo::Client echo, kj::WaitScope& scope) {
  EXPECT_STREQ(say(echo, "a call").wait(scope).cStr(), "a call");

  auto deep = echo;
  for (int i = 0; i < 10; ++i)
    deep = deep.sameRequest().send().getEcho();
  EXPECT_STREQ(say(deep, "pipelined").wait(scope).cStr(), "pipelined");

  kj::String heard;
  auto request = echo.sayToRequest();
  request.setListener(kj::heap<listener>(heard));
  request.setText("called back");
  request.send().wait(scope);
  EXPECT_STREQ(heard.cStr(), "called back");

  const std::string large(5 << 20, 'x');
  EXPECT_EQ(say(echo, large.c_str()).wait(scope), large.c_str());

  const auto before = echo.pushedRequest().send().wait(scope).getBytes();
  for (int i = 0; i < 100; ++i) {
    auto push = echo.pushRequest();
    push.initData(10'000);
    push.send().wait(scope);
  }
  EXPECT_EQ(echo.pushedRequest().send().wait(scope).getBytes(), before + 1'000'000);

  auto fails = echo.failRequest();
  fails.setReason("as asked");
  try {
    fails.send().wait(scope);
    ADD_FAILURE() << "did not fail";
  } catch (const kj::Exception& e) {
    EXPECT_EQ(e.getType(), kj::Exception::Type::OVERLOADED);
  }
}

// ---- Cap'n Proto's client, our server

class a_foreign_client : public ::testing::Test {
 protected:
  a_foreign_client() { relay.from_socket(directory.socket(), {1, service_port}); }

  echo_counts counts;
  hv::embedded hypervisor;
  serving_domain domain{hypervisor, 1, [this](const peer&) -> capnp::Capability::Client {
                          return kj::heap<echo_service>(counts);
                        }};
  socket_directory directory;
  relaying_domain relay{hypervisor, 9};
};

TEST_F(a_foreign_client, has_all_features_of_our_server) {
  capnp::EzRpcClient client{directory.address()};
  expect_all_features(client.getMain<Echo>(), client.getWaitScope());
}

TEST_F(a_foreign_client, on_a_bare_network_has_all_features_of_our_server) {
  auto io = kj::setupAsyncIo();
  auto stream = io.provider->getNetwork()
                    .parseAddress(directory.address())
                    .wait(io.waitScope)
                    ->connect()
                    .wait(io.waitScope);
  capnp::TwoPartyClient client{*stream};
  expect_all_features(client.bootstrap().castAs<Echo>(), io.waitScope);
}

TEST_F(a_foreign_client, that_leaves_in_the_middle_of_a_call_cancels_it_at_our_server) {
  {
    capnp::EzRpcClient client{directory.address()};
    auto echo = client.getMain<Echo>();
    auto call = echo.neverRequest().send();
    say(echo, "the call is there").wait(client.getWaitScope());
  }
  while (counts.cancelled == 0 || domain.connections() > 0)
    std::this_thread::yield();
}

TEST_F(a_foreign_client, learns_that_our_server_has_gone) {
  capnp::EzRpcClient client{directory.address()};
  auto echo = client.getMain<Echo>();
  auto call = echo.neverRequest().send();
  say(echo, "the call is there").wait(client.getWaitScope());
  domain.destroy_server();
  try {
    call.wait(client.getWaitScope());
    ADD_FAILURE() << "did not fail";
  } catch (const kj::Exception& e) {
    EXPECT_EQ(e.getType(), kj::Exception::Type::DISCONNECTED) << e.getDescription().cStr();
  }
}

// ---- Our client, Cap'n Proto's server

/// An echo service of KJ's alone, in a thread of its own, until destroyed: it is told of that by
/// the end of a pipe.
class foreign_server {
 public:
  foreign_server(const std::string& address, echo_counts& counts) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error{"pipe2 failed"};
    closed_at_end_ = kj::AutoCloseFd{ends[1]};
    std::promise<void> ready;
    auto listens = ready.get_future();
    thread_ =
        std::thread{[&address, &counts, watched = ends[0], ready = std::move(ready)]() mutable {
          capnp::EzRpcServer server{kj::heap<echo_service>(counts), address};
          server.getPort().wait(server.getWaitScope());
          auto pipe = server.getLowLevelIoProvider().wrapInputFd(kj::AutoCloseFd{watched});
          ready.set_value();
          kj::byte nothing;
          pipe->tryRead(&nothing, 1, 1).wait(server.getWaitScope());
        }};
    listens.get();
  }
  ~foreign_server() {
    closed_at_end_ = nullptr;
    thread_.join();
  }
  foreign_server(const foreign_server&) = delete;
  foreign_server& operator=(const foreign_server&) = delete;

 private:
  kj::AutoCloseFd closed_at_end_;
  std::thread thread_;
};

class a_foreign_server : public ::testing::Test {
 protected:
  a_foreign_server() { relay.to_socket(service_port, directory.socket()); }
  ~a_foreign_server() noexcept override = default;

  echo_counts counts;
  socket_directory directory;
  std::optional<foreign_server> server{std::in_place, directory.address(), counts};
  hv::embedded hypervisor;
  relaying_domain relay{hypervisor, 9};
  asio::io_context io;
  v4v::guest guest{io, v4v::embedded_link(hypervisor, 2)};
  event_loop loop{io};
};

TEST_F(a_foreign_server, gives_all_features_to_our_client) {
  client client{loop, guest, {9, service_port}};
  expect_all_features(client.bootstrap<Echo>(), loop.wait_scope());
}

TEST_F(a_foreign_server, cancels_calls_of_our_client_when_that_leaves) {
  {
    client client{loop, guest, {9, service_port}};
    auto echo = client.bootstrap<Echo>();
    auto call = echo.neverRequest().send();
    say(echo, "the call is there").wait(loop.wait_scope());
  }
  io.poll();
  while (counts.cancelled == 0)
    std::this_thread::yield();
}

TEST_F(a_foreign_server, that_ends_is_noticed_by_our_client) {
  client client{loop, guest, {9, service_port}};
  auto echo = client.bootstrap<Echo>();
  auto call = echo.neverRequest().send();
  say(echo, "the call is there").wait(loop.wait_scope());
  server.reset();
  try {
    call.wait(loop.wait_scope());
    ADD_FAILURE() << "did not fail";
  } catch (const kj::Exception& e) {
    EXPECT_EQ(e.getType(), kj::Exception::Type::DISCONNECTED) << e.getDescription().cStr();
  }
  client.on_disconnect().wait(loop.wait_scope());
}

}  // namespace
}  // namespace v4v::rpc::testing
