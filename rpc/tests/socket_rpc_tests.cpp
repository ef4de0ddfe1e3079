// Cap'n Proto's RPC over a local socket pair: nothing here knows V4V.

#include <capnp/rpc-twoparty.h>
#include <gtest/gtest.h>
#include <kj/debug.h>

#include <asio/local/connect_pair.hpp>
#include <asio/local/stream_protocol.hpp>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "echo_service.hpp"
#include "v4v/rpc/message_stream.hpp"

namespace v4v::rpc {
namespace {

using socket = asio::local::stream_protocol::socket;
using testing::Echo;
using testing::say;

/// One end of a connection: the message stream and Cap'n Proto's part on top of it.
class rpc_end {
 public:
  rpc_end(event_loop& loop, socket&& s, capnp::Capability::Client bootstrap)
      : stream_{loop, std::move(s)},
        network_{stream_, capnp::rpc::twoparty::Side::SERVER},
        system_{capnp::makeRpcServer(network_, kj::mv(bootstrap))} {}
  rpc_end(event_loop& loop, socket&& s)
      : stream_{loop, std::move(s)},
        network_{stream_, capnp::rpc::twoparty::Side::CLIENT},
        system_{capnp::makeRpcClient(network_)} {}

  Echo::Client echo() {
    capnp::MallocMessageBuilder message;
    auto server = message.initRoot<capnp::rpc::twoparty::VatId>();
    server.setSide(capnp::rpc::twoparty::Side::SERVER);
    return system_.bootstrap(server).castAs<Echo>();
  }

  kj::Promise<void> on_disconnect() { return network_.onDisconnect(); }

 private:
  message_stream<socket> stream_;
  capnp::TwoPartyVatNetwork network_;
  capnp::RpcSystem<capnp::rpc::twoparty::VatId> system_;
};

/// The server's thread: its own io_context, run by io.run() alone until the client disconnects.
class server_thread {
 public:
  explicit server_thread(testing::echo_counts& counts) {
    asio::local::connect_pair(client_socket_, server_socket_);
    thread_ = std::thread{[this, &counts] {
      event_loop loop{server_io_};
      auto server = std::make_unique<rpc_end>(loop, std::move(server_socket_),
                                              kj::heap<testing::echo_service>(counts));
      auto gone = server->on_disconnect().then([&] { server = nullptr; }).eagerlyEvaluate(nullptr);
      server_io_.run();
    }};
  }
  ~server_thread() { thread_.join(); }

  asio::io_context io;  // the client's

  [[nodiscard]] socket take_socket() { return std::move(client_socket_); }

 private:
  asio::io_context server_io_;
  socket client_socket_{io}, server_socket_{server_io_};
  std::thread thread_;
};

/// Runs `test` with an echo service on the other end of a connection, in this thread or in another.
class over_socket : public ::testing::TestWithParam<bool> {
 protected:
  void with_echo(const std::function<void(event_loop&, Echo::Client)>& test) {
    if (GetParam()) {
      server_thread server{counts};
      event_loop loop{server.io};
      rpc_end client{loop, server.take_socket()};
      test(loop, client.echo());
    } else {
      asio::io_context io;
      event_loop loop{io};
      socket a{io}, b{io};
      asio::local::connect_pair(a, b);
      rpc_end server{loop, std::move(a), kj::heap<testing::echo_service>(counts)};
      rpc_end client{loop, std::move(b)};
      test(loop, client.echo());
    }
  }

  testing::echo_counts counts;
};

INSTANTIATE_TEST_SUITE_P(in, over_socket, ::testing::Bool(), [](const auto& tested) {
  return tested.param ? "two_threads" : "one_thread";
});

TEST_P(over_socket, a_call_is_answered) {
  with_echo([](event_loop& loop, Echo::Client echo) {
    EXPECT_STREQ(say(echo, "hello").wait(loop.wait_scope()).cStr(), "hello");
  });
}

TEST_P(over_socket, a_call_is_answered_under_io_run) {
  with_echo([](event_loop& loop, Echo::Client echo) {
    kj::String answer;
    auto called = say(echo, "hello")
                      .then([&](kj::String text) {
                        answer = kj::mv(text);
                        loop.context().stop();
                      })
                      .eagerlyEvaluate(nullptr);
    loop.context().run();
    EXPECT_STREQ(answer.cStr(), "hello");
  });
}

TEST_P(over_socket, thousands_of_calls_are_answered_one_by_one) {
  with_echo([](event_loop& loop, Echo::Client echo) {
    for (int i = 0; i < 2000; ++i) {
      const auto text = kj::str(i);
      ASSERT_EQ(say(echo, text).wait(loop.wait_scope()), text);
    }
    EXPECT_EQ(echo.countRequest().send().wait(loop.wait_scope()).getCalls(), 2000u);
  });
}

TEST_P(over_socket, thousands_of_calls_at_once_are_answered) {
  with_echo([](event_loop& loop, Echo::Client echo) {
    auto calls = kj::heapArrayBuilder<kj::Promise<kj::String>>(2000);
    for (int i = 0; i < 2000; ++i)
      calls.add(say(echo, kj::str(i)));
    const auto answers = kj::joinPromises(calls.finish()).wait(loop.wait_scope());
    for (std::size_t i = 0; i < 2000; ++i)
      EXPECT_EQ(answers[i], kj::str(i));
  });
}

TEST_P(over_socket, calls_are_pipelined_on_results_that_are_not_there_yet) {
  with_echo([](event_loop& loop, Echo::Client echo) {
    auto deep = echo;
    for (int i = 0; i < 10; ++i)
      deep = deep.sameRequest().send().getEcho();
    EXPECT_STREQ(say(deep, "deep").wait(loop.wait_scope()).cStr(), "deep");
  });
}

TEST_P(over_socket, a_capability_passed_to_the_server_is_called_back) {
  with_echo([](event_loop& loop, Echo::Client echo) {
    kj::String heard;
    auto request = echo.sayToRequest();
    request.setListener(kj::heap<testing::listener>(heard));
    request.setText("back");
    request.send().wait(loop.wait_scope());
    EXPECT_STREQ(heard.cStr(), "back");
  });
}

TEST_P(over_socket, large_parameters_and_results_arrive) {
  with_echo([](event_loop& loop, Echo::Client echo) {
    const std::string large(8 << 20, 'x');
    EXPECT_EQ(say(echo, large.c_str()).wait(loop.wait_scope()), large.c_str());
  });
}

TEST_P(over_socket, streaming_calls_all_arrive) {
  with_echo([](event_loop& loop, Echo::Client echo) {
    for (int i = 0; i < 500; ++i) {
      auto request = echo.pushRequest();
      request.initData(10'000);
      request.send().wait(loop.wait_scope());
    }
    EXPECT_EQ(echo.pushedRequest().send().wait(loop.wait_scope()).getBytes(), 5'000'000u);
  });
}

TEST_P(over_socket, an_exception_keeps_its_kind_and_text) {
  with_echo([](event_loop& loop, Echo::Client echo) {
    auto request = echo.failRequest();
    request.setReason("too busy");
    try {
      request.send().wait(loop.wait_scope());
      FAIL();
    } catch (const kj::Exception& e) {
      EXPECT_EQ(e.getType(), kj::Exception::Type::OVERLOADED);
      EXPECT_NE(std::string{e.getDescription().cStr()}.find("too busy"), std::string::npos);
    }
  });
}

TEST_P(over_socket, dropping_a_call_cancels_it_over_there) {
  with_echo([this](event_loop& loop, Echo::Client echo) {
    {
      auto call = echo.neverRequest().send();
      EXPECT_FALSE(call.poll(loop.wait_scope()));
      say(echo, "the call has arrived before this").wait(loop.wait_scope());
    }
    say(echo, "and its end before this").wait(loop.wait_scope());
    say(echo, "and was seen").wait(loop.wait_scope());
    EXPECT_EQ(counts.cancelled, 1u);
  });
}

TEST_P(over_socket, a_call_with_a_timeout_ends_in_time) {
  with_echo([](event_loop& loop, Echo::Client echo) {
    auto call =
        loop.timer().timeoutAfter(2 * kj::MILLISECONDS, echo.neverRequest().send().ignoreResult());
    EXPECT_THROW(call.wait(loop.wait_scope()), kj::Exception);
  });
}

struct over_socket_alone : ::testing::Test {
  over_socket_alone() { asio::local::connect_pair(a, b); }

  asio::io_context io;
  event_loop loop{io};
  socket a{io}, b{io};
  testing::echo_counts counts;
};

TEST_F(over_socket_alone, calls_fail_as_disconnected_when_the_server_goes) {
  auto server =
      std::make_unique<rpc_end>(loop, std::move(a), kj::heap<testing::echo_service>(counts));
  rpc_end client{loop, std::move(b)};
  auto call = client.echo().neverRequest().send();
  EXPECT_FALSE(call.poll(loop.wait_scope()));
  server = nullptr;
  try {
    call.wait(loop.wait_scope());
    FAIL();
  } catch (const kj::Exception& e) {
    EXPECT_EQ(e.getType(), kj::Exception::Type::DISCONNECTED);
  }
  client.on_disconnect().wait(loop.wait_scope());
}

TEST_F(over_socket_alone, the_server_learns_that_the_client_went_and_cancels_its_calls) {
  rpc_end server{loop, std::move(a), kj::heap<testing::echo_service>(counts)};
  {
    rpc_end client{loop, std::move(b)};
    auto call = client.echo().neverRequest().send();
    EXPECT_FALSE(call.poll(loop.wait_scope()));
  }
  server.on_disconnect().wait(loop.wait_scope());
  EXPECT_EQ(counts.cancelled, 1u);
}

TEST_F(over_socket_alone, a_peer_that_talks_nonsense_is_disconnected) {
  rpc_end server{loop, std::move(a), kj::heap<testing::echo_service>(counts)};
  const std::string nonsense(64, '\xFF');
  b.send(asio::buffer(nonsense));
  server.on_disconnect().wait(loop.wait_scope());
}

}  // namespace
}  // namespace v4v::rpc
