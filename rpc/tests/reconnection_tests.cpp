// A client whose service comes and goes.

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <vector>

#include "two_domains.hpp"
#include "v4v/acceptor.hpp"

namespace v4v::rpc::testing {
namespace {

using namespace std::chrono_literals;

class a_reconnecting_client : public two_domains {
 protected:
  static constexpr back_off at_once{.first = 100us, .longest = 1ms};

  /// The service's domain, alive or again.
  void start(server_options options = {}) {
    domain.reset();
    domain.emplace(hypervisor, domain_type{1}, echo_for_all(), options);
  }

  [[nodiscard]] bool answers(Echo::Client echo) {
    try {
      return say(kj::mv(echo), "anyone?").wait(loop.wait_scope()) == "anyone?";
    } catch (const kj::Exception& e) {
      EXPECT_EQ(e.getType(), kj::Exception::Type::DISCONNECTED) << text_of(e);
      return false;
    }
  }

  std::optional<serving_domain> domain;
};

TEST_F(a_reconnecting_client, waits_for_a_service_that_is_not_there_yet) {
  client client{loop, guest, service, {.reconnect = at_once}};
  auto call = say(client.bootstrap<Echo>(), "early").eagerlyEvaluate(nullptr);
  EXPECT_FALSE(call.poll(loop.wait_scope()));
  start();
  EXPECT_STREQ(call.wait(loop.wait_scope()).cStr(), "early");
  EXPECT_EQ(client.connections(), 1u);
}

TEST_F(a_reconnecting_client,
       keeps_its_bootstrap_capability_while_the_servers_domain_dies_and_returns) {
  start();
  client client{loop, guest, service, {.reconnect = at_once}};
  auto echo = client.bootstrap<Echo>();
  for (std::uint64_t life = 1; life <= 5; ++life) {
    while (!answers(echo)) {
    }
    EXPECT_EQ(client.connections(), life);
    auto ended = client.on_disconnect();
    start();
    ended.wait(loop.wait_scope());
  }
}

TEST_F(a_reconnecting_client, survives_the_end_of_a_server_whose_domain_lives_on) {
  start();
  client client{loop, guest, service, {.reconnect = at_once}};
  auto echo = client.bootstrap<Echo>();
  EXPECT_TRUE(answers(echo));
  domain->destroy_server();
  client.on_disconnect().wait(loop.wait_scope());
  start();
  EXPECT_TRUE(answers(echo));
}

TEST_F(a_reconnecting_client, fails_calls_in_flight_and_takes_them_again_at_once) {
  start();
  client client{loop, guest, service, {.reconnect = at_once}};
  auto echo = client.bootstrap<Echo>();
  std::vector<kj::Promise<kj::String>> retried;
  for (int i = 0; i < 10; ++i) {
    retried.push_back(
        echo.neverRequest()
            .send()
            .then([](auto&&) -> kj::Promise<kj::String> { return kj::str("answered"); },
                  [echo](kj::Exception&& e) mutable {
                    EXPECT_EQ(e.getType(), kj::Exception::Type::DISCONNECTED);
                    return say(echo, "again");
                  })
            .eagerlyEvaluate(nullptr));
  }
  say(echo, "the calls are there").wait(loop.wait_scope());
  start();
  for (auto& each : retried)
    EXPECT_STREQ(each.wait(loop.wait_scope()).cStr(), "again");
}

TEST_F(a_reconnecting_client, lets_other_capabilities_die_with_their_connection) {
  start();
  client client{loop, guest, service, {.reconnect = at_once}};
  auto echo = client.bootstrap<Echo>();
  auto same = echo.sameRequest().send().wait(loop.wait_scope()).getEcho();
  auto ended = client.on_disconnect();
  start();
  ended.wait(loop.wait_scope());
  EXPECT_TRUE(answers(echo));
  const auto e = failure_of(say(same, "you?"));
  EXPECT_EQ(e.getType(), kj::Exception::Type::DISCONNECTED);
  EXPECT_EQ(text_of(e), "v4v domain 1 port 5000: Echo.say: the connection was closed");
}

TEST_F(a_reconnecting_client, says_why_there_is_no_connection_when_a_deadline_passes) {
  client client{loop, guest, service, {.reconnect = at_once, .deadline = 20ms}};
  const auto e = failure_of(say(client.bootstrap<Echo>(), "anyone?"));
  EXPECT_EQ(e.getType(), kj::Exception::Type::OVERLOADED);
  EXPECT_EQ(text_of(e),
            "v4v domain 1 port 5000: Echo.say: deadline of 20 ms exceeded, without a connection: "
            "Connection refused (asio.system 111)");
}

TEST_F(a_reconnecting_client, comes_back_to_a_service_that_had_no_room) {
  start({.connections = 1});
  std::optional<client> first{std::in_place, loop, guest, service};
  say(first->bootstrap<Echo>(), "first").wait(loop.wait_scope());
  client second{loop, guest, service, {.reconnect = at_once}};
  EXPECT_EQ(failure_of(say(second.bootstrap<Echo>(), "full")).getType(),
            kj::Exception::Type::OVERLOADED);
  first.reset();
  until([&] {
    try {
      return say(second.bootstrap<Echo>(), "now?").wait(loop.wait_scope()) == "now?";
    } catch (const kj::Exception& e) {
      EXPECT_EQ(e.getType(), kj::Exception::Type::OVERLOADED) << text_of(e);
      return false;
    }
  });
  EXPECT_GE(second.connections(), 2u);
}

TEST_F(a_reconnecting_client, that_calls_nothing_may_be_refused) {
  serving_domain full{hypervisor, 1, echo_for_all(), {.connections_per_domain = 1}};
  v4v::rpc::client other{loop, guest, service};
  say(other.bootstrap<Echo>(), "first").wait(loop.wait_scope());
  v4v::rpc::client refused{
      loop, guest, service, {.reconnect = back_off{.first = 100us, .longest = 1ms}}};
  auto resolved = refused.bootstrap<Echo>().whenResolved().eagerlyEvaluate(nullptr);
  until([&] { return refused.connections() > 10; });
}

TEST_F(a_reconnecting_client, can_be_destroyed_at_each_turn_of_its_loop) {
  for (int turns = 0; turns < 120; ++turns) {
    if (turns % 20 == 0) start();
    if (turns % 20 == 10) domain.reset();
    kj::Promise<kj::String> call = nullptr;
    kj::Promise<void> ended = nullptr;
    {
      client client{loop, guest, service, {.reconnect = back_off{.first = 1us, .longest = 2us}}};
      ended = client.on_disconnect();
      call = say(client.bootstrap<Echo>(), "cut").eagerlyEvaluate(nullptr);
      io.restart();
      for (int i = 0; i < turns; ++i)
        io.run_one_for(100us);
    }
    try {
      EXPECT_STREQ(call.wait(loop.wait_scope()).cStr(), "cut");
    } catch (const kj::Exception& e) {
      EXPECT_EQ(e.getType(), kj::Exception::Type::DISCONNECTED) << text_of(e);
    }
    expect_disconnected(kj::mv(ended));
  }
}

TEST_F(a_reconnecting_client, that_is_destroyed_leaves_no_work_behind) {
  {
    client client{loop, guest, service, {.reconnect = back_off{.first = 1h, .longest = 1h}}};
    until([&] { return !say(client.bootstrap<Echo>(), "x").poll(loop.wait_scope()); });
  }
  io.restart();
  io.run();
}

TEST_F(a_reconnecting_client, refuses_a_back_off_that_makes_no_sense) {
  for (const back_off bad : {back_off{.first = 0ns}, back_off{.first = 2s, .longest = 1s},
                             back_off{.jitter = 1.5}, back_off{.jitter = -0.1}}) {
    EXPECT_THROW((client{loop, guest, service, {.reconnect = bad}}), kj::Exception);
  }
}

}  // namespace
}  // namespace v4v::rpc::testing
