// Either side ends, at any moment: whoever still waits learns of it, and nothing is left.

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <vector>

#include "two_domains.hpp"

namespace v4v::rpc::testing {
namespace {

using closing = two_domains;

TEST_F(closing, nobody_there_is_an_error_that_names_peer_and_cause) {
  client client{loop, guest, service};
  const auto e = failure_of(say(client.bootstrap<Echo>(), "anyone?"));
  EXPECT_EQ(e.getType(), kj::Exception::Type::DISCONNECTED);
  EXPECT_EQ(text_of(e), "v4v domain 1 port 5000: Echo.say: Connection refused (asio.system 111)");
  EXPECT_EQ(text_of(failure_of(client.on_disconnect())),
            "v4v domain 1 port 5000: Connection refused (asio.system 111)");
}

TEST_F(closing, the_client_before_it_is_connected) {
  serving_domain domain{hypervisor, 1, echo_for_all()};
  kj::Promise<kj::String> call = nullptr;
  kj::Promise<void> gone = nullptr;
  {
    client client{loop, guest, service};
    call = say(client.bootstrap<Echo>(), "never sent");
    gone = client.on_disconnect();
  }
  expect_disconnected(kj::mv(call));
  expect_disconnected(kj::mv(gone));
  until([&] { return domain.connections() == 0; });
}

TEST_F(closing, the_client_at_each_turn_of_its_loop_while_it_connects_and_calls) {
  serving_domain domain{hypervisor, 1, echo_for_all()};
  for (int turns = 0; turns < 60; ++turns) {
    kj::Promise<kj::String> call = nullptr;
    {
      client client{loop, guest, service};
      call = say(client.bootstrap<Echo>(), "cut").eagerlyEvaluate(nullptr);
      io.restart();
      for (int i = 0; i < turns; ++i)
        io.run_one_for(std::chrono::milliseconds{1});
    }
    try {
      EXPECT_STREQ(call.wait(loop.wait_scope()).cStr(), "cut");
    } catch (const kj::Exception& e) {
      EXPECT_EQ(e.getType(), kj::Exception::Type::DISCONNECTED) << text_of(e);
    }
  }
  until([&] { return domain.connections() == 0; });
}

TEST_F(closing, the_client_in_the_middle_of_a_call_cancels_it_over_there) {
  serving_domain domain{hypervisor, 1, echo_for_all()};
  kj::Promise<void> call = nullptr;
  {
    client client{loop, guest, service};
    auto echo = client.bootstrap<Echo>();
    call = echo.neverRequest().send().ignoreResult().eagerlyEvaluate(nullptr);
    say(echo, "the call is there").wait(loop.wait_scope());
  }
  EXPECT_EQ(failure_of(kj::mv(call)).getType(), kj::Exception::Type::DISCONNECTED);
  until([&] { return counts.cancelled == 1; });
}

TEST_F(closing, the_client_in_the_middle_of_a_message) {
  serving_domain domain{hypervisor, 1, echo_for_all()};
  const std::string large(16 << 20, 'x');
  kj::Promise<kj::String> call = nullptr;
  {
    client client{loop, guest, service};
    auto echo = client.bootstrap<Echo>();
    say(echo, "connected").wait(loop.wait_scope());
    call = say(echo, large.c_str()).eagerlyEvaluate(nullptr);
    io.restart();
    for (int i = 0; i < 6; ++i)
      io.run_one();
  }
  EXPECT_EQ(failure_of(kj::mv(call)).getType(), kj::Exception::Type::DISCONNECTED);
  until([&] { return domain.connections() == 0; });
  EXPECT_EQ(counts.calls, 1u) << "half a call is none";
}

TEST_F(closing, the_server_before_it_accepts) {
  // One thread, so that the server cannot accept before it is gone.
  kj::Promise<kj::String> call = nullptr;
  std::optional<server> server{std::in_place, loop, guest, service_port, echo_for_all()};
  v4v::guest other_guest{io, v4v::embedded_link(hypervisor, 3)};
  client client{loop, other_guest, {2, service_port}};
  call = say(client.bootstrap<Echo>(), "never answered").eagerlyEvaluate(nullptr);
  server.reset();
  const auto e = failure_of(kj::mv(call));
  EXPECT_EQ(e.getType(), kj::Exception::Type::DISCONNECTED) << text_of(e);
  EXPECT_NE(text_of(e).find("v4v domain 2 port 5000"), std::string::npos) << text_of(e);
}

TEST_F(closing, the_server_at_each_turn_of_the_loop_while_a_client_connects_and_calls) {
  v4v::guest other_guest{io, v4v::embedded_link(hypervisor, 3)};
  for (int turns = 0; turns < 80; ++turns) {
    std::optional<server> server{std::in_place, loop, guest, service_port, echo_for_all()};
    client client{loop, other_guest, {2, service_port}};
    auto call = say(client.bootstrap<Echo>(), "cut").eagerlyEvaluate(nullptr);
    io.restart();
    for (int i = 0; i < turns; ++i)
      io.poll_one();
    server.reset();
    try {
      EXPECT_STREQ(call.wait(loop.wait_scope()).cStr(), "cut");
    } catch (const kj::Exception& e) {
      EXPECT_EQ(e.getType(), kj::Exception::Type::DISCONNECTED) << text_of(e);
    }
  }
}

TEST_F(closing, the_server_in_the_middle_of_a_call) {
  serving_domain domain{hypervisor, 1, echo_for_all()};
  client client{loop, guest, service};
  auto echo = client.bootstrap<Echo>();
  auto call = echo.neverRequest().send().ignoreResult().eagerlyEvaluate(nullptr);
  say(echo, "the call is there").wait(loop.wait_scope());
  domain.destroy_server();
  expect_disconnected(kj::mv(call));
  until([&] { return counts.cancelled == 1; });
  client.on_disconnect().wait(loop.wait_scope());
  expect_disconnected(say(client.bootstrap<Echo>(), "later"));
}

TEST_F(closing, the_server_in_the_middle_of_a_message) {
  serving_domain domain{hypervisor, 1, echo_for_all()};
  client client{loop, guest, service};
  auto echo = client.bootstrap<Echo>();
  say(echo, "connected").wait(loop.wait_scope());
  const std::string large(32 << 20, 'x');
  auto call = say(echo, large.c_str()).eagerlyEvaluate(nullptr);
  io.restart();
  for (int i = 0; i < 6; ++i)
    io.run_one();
  domain.destroy_server();
  expect_disconnected(kj::mv(call));
}

TEST_F(closing, the_servers_domain) {
  std::optional<serving_domain> domain{std::in_place, hypervisor, domain_type{1}, echo_for_all()};
  client client{loop, guest, service};
  auto echo = client.bootstrap<Echo>();
  auto call = echo.neverRequest().send().ignoreResult().eagerlyEvaluate(nullptr);
  say(echo, "the call is there").wait(loop.wait_scope());
  domain.reset();
  expect_disconnected(kj::mv(call));
}

/// Never answers, so that a call back to it keeps the call that led to it in flight.
class silent_listener final : public Listener::Server {
  kj::Promise<void> heard(HeardContext) override { return kj::NEVER_DONE; }
};

TEST_F(closing, either_end_at_each_turn_of_the_loop_with_calls_in_flight_in_both_directions) {
  v4v::guest other_guest{io, v4v::embedded_link(hypervisor, 3)};
  for (int turns = 0; turns < 100; ++turns) {
    std::optional<server> server{std::in_place, loop, guest, service_port, echo_for_all()};
    std::optional<client> client{std::in_place, loop, other_guest, v4v::endpoint{2, service_port}};
    auto echo = client->bootstrap<Echo>();
    std::vector<kj::Promise<void>> calls;
    for (int i = 0; i < 3; ++i) {
      auto request = echo.sayToRequest();
      request.setListener(kj::heap<silent_listener>());
      calls.push_back(request.send().ignoreResult().eagerlyEvaluate(nullptr));
    }
    io.restart();
    for (int i = 0; i < turns; ++i)
      io.poll_one();
    if (turns % 2 == 0) {
      server.reset();
    } else {
      client.reset();
    }
    for (auto& call : calls)
      EXPECT_EQ(failure_of(kj::mv(call)).getType(), kj::Exception::Type::DISCONNECTED);
    if (server) until([&] { return server->connections() == 0; });
  }
}

TEST_F(closing, capabilities_may_outlive_the_client_and_fail) {
  serving_domain domain{hypervisor, 1, echo_for_all()};
  kj::Maybe<Echo::Client> kept;
  {
    client client{loop, guest, service};
    auto echo = client.bootstrap<Echo>();
    say(echo, "connected").wait(loop.wait_scope());
    kept = kj::mv(echo);
  }
  const auto e = failure_of(say(KJ_ASSERT_NONNULL(kept), "anyone?"));
  EXPECT_EQ(e.getType(), kj::Exception::Type::DISCONNECTED);
}

}  // namespace
}  // namespace v4v::rpc::testing
