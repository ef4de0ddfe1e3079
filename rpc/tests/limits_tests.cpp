// A peer over a limit of the server's is told so; the others notice nothing.

#include <gtest/gtest.h>

#include <capnp/rpc.capnp.h>

#include <vector>

#include "two_domains.hpp"
#include "v4v/rpc/message_stream.hpp"
#include "v4v/rpc/use_promise.hpp"
#include "v4v/stream.hpp"

namespace v4v::rpc::testing {
namespace {

class limits : public two_domains {
 protected:
  void expect_overloaded(kj::Promise<kj::String>&& call, const std::string& text) {
    const auto e = failure_of(kj::mv(call));
    EXPECT_EQ(e.getType(), kj::Exception::Type::OVERLOADED) << text_of(e);
    EXPECT_NE(text_of(e).find(text), std::string::npos) << text_of(e);
  }

  v4v::guest other_guest{io, v4v::embedded_link(hypervisor, 3)};
};

TEST_F(limits, the_connections_of_a_domain) {
  serving_domain domain{hypervisor, 1, echo_for_all(), {.connections_per_domain = 2}};
  client first{loop, guest, service}, second{loop, guest, service};
  say(first.bootstrap<Echo>(), "one").wait(loop.wait_scope());
  say(second.bootstrap<Echo>(), "two").wait(loop.wait_scope());

  for (int i = 0; i < 20; ++i) {
    client third{loop, guest, service};
    expect_overloaded(say(third.bootstrap<Echo>(), "three"),
                      "domain 2 has all the connections that it may have (2)");
  }
  client other{loop, other_guest, service};
  EXPECT_STREQ(say(other.bootstrap<Echo>(), "other").wait(loop.wait_scope()).cStr(), "other");
  EXPECT_STREQ(say(first.bootstrap<Echo>(), "still").wait(loop.wait_scope()).cStr(), "still");
  EXPECT_EQ(domain.connections(), 3u);
}

TEST_F(limits, the_connections_of_all_domains) {
  serving_domain domain{hypervisor, 1, echo_for_all(), {.connections = 1}};
  client first{loop, guest, service};
  say(first.bootstrap<Echo>(), "one").wait(loop.wait_scope());
  client second{loop, other_guest, service};
  expect_overloaded(say(second.bootstrap<Echo>(), "two"),
                    "the service has all the connections that it takes (1)");
}

TEST_F(limits, a_connection_that_has_ended_makes_room_for_another) {
  serving_domain domain{hypervisor, 1, echo_for_all(), {.connections_per_domain = 1}};
  for (int i = 0; i < 3; ++i) {
    {
      client client{loop, guest, service};
      EXPECT_STREQ(say(client.bootstrap<Echo>(), "me").wait(loop.wait_scope()).cStr(), "me");
    }
    until([&] { return domain.connections() == 0; });
  }
}

TEST_F(limits, refused_peers_that_do_not_leave_hold_up_nobody) {
  serving_domain domain{hypervisor, 1, echo_for_all(), {.connections_per_domain = 1}};
  client first{loop, guest, service};
  say(first.bootstrap<Echo>(), "one").wait(loop.wait_scope());
  std::vector<v4v::stream> refused;
  for (int i = 0; i < 30; ++i)
    refused.emplace_back(guest).async_connect(service, use_promise).wait(loop.wait_scope());
  client other{loop, other_guest, service};
  EXPECT_STREQ(say(other.bootstrap<Echo>(), "other").wait(loop.wait_scope()).cStr(), "other");
  EXPECT_EQ(domain.connections(), 2u);
}

TEST_F(limits, the_words_of_a_message) {
  serving_domain domain{hypervisor, 1, echo_for_all(), {.message_words = 1000}};
  client client{loop, guest, service};
  say(client.bootstrap<Echo>(), "small").wait(loop.wait_scope());
  for (const std::size_t bytes : {8'000u, 50'000'000u}) {
    v4v::rpc::client large{loop, guest, service};
    expect_overloaded(say(large.bootstrap<Echo>(), std::string(bytes, 'x').c_str()),
                      "words is over the receiver's limit of 1000");
  }
  EXPECT_STREQ(say(client.bootstrap<Echo>(), "still").wait(loop.wait_scope()).cStr(), "still");
}

class long_winded final : public Echo::Server {
  kj::Promise<void> say(SayContext context) override {
    context.getResults().initText(8'000);
    return kj::READY_NOW;
  }
};

TEST_F(limits, the_words_of_a_message_to_a_client) {
  serving_domain domain{hypervisor, 1, [](const peer&) { return kj::heap<long_winded>(); }};
  client client{loop, guest, service, {.message_words = 1000}};
  const auto e = failure_of(say(client.bootstrap<Echo>(), "be brief"));
  EXPECT_NE(text_of(e).find("words is over the receiver's limit of 1000"), std::string::npos)
      << text_of(e);
}

// Calls in flight.

class call_limits : public limits {
 protected:
  /// So many calls that are not answered.
  std::vector<kj::Promise<void>> in_flight(Echo::Client& echo, int count) {
    std::vector<kj::Promise<void>> calls;
    for (int i = 0; i < count; ++i)
      calls.push_back(echo.neverRequest().send().ignoreResult().eagerlyEvaluate(nullptr));
    return calls;
  }
};

TEST_F(call_limits, one_call_more_is_refused_and_the_connection_goes_on) {
  serving_domain domain{hypervisor, 1, echo_for_all(), {.calls_in_flight = 3}};
  client client{loop, guest, service};
  auto echo = client.bootstrap<Echo>();
  auto calls = in_flight(echo, 3);
  for (int i = 0; i < 1000; ++i)
    expect_overloaded(say(echo, "one more"),
                      "v4v domain 1 port 5000: Echo.say: remote exception: the connection has all "
                      "the calls in flight that it may have (3)");
  calls.pop_back();
  until([&] { return counts.cancelled == 1; });
  EXPECT_STREQ(say(echo, "again").wait(loop.wait_scope()).cStr(), "again");
  EXPECT_EQ(counts.calls, 1u);
}

TEST_F(call_limits, all_capabilities_of_a_connection_count_together) {
  serving_domain domain{hypervisor, 1, echo_for_all(), {.calls_in_flight = 2}};
  client client{loop, guest, service};
  auto echo = client.bootstrap<Echo>();
  auto another = echo.sameRequest().send().wait(loop.wait_scope()).getEcho();
  auto calls = in_flight(echo, 1), more = in_flight(another, 1);
  expect_overloaded(say(client.bootstrap<Echo>(), "one more"), "(2)");
}

TEST_F(call_limits, calls_pipelined_on_a_refused_one_are_refused) {
  serving_domain domain{hypervisor, 1, echo_for_all(), {.calls_in_flight = 1}};
  client client{loop, guest, service};
  auto echo = client.bootstrap<Echo>();
  say(echo, "connected").wait(loop.wait_scope());
  auto calls = in_flight(echo, 1);
  auto same = echo.sameRequest().send();
  auto pipelined = same.getEcho().sameRequest().send();
  expect_overloaded(say(pipelined.getEcho(), "deep"), "the call that it depends on was refused");
  calls.clear();
  until([&] { return counts.cancelled == 1; });
  EXPECT_STREQ(say(echo, "again").wait(loop.wait_scope()).cStr(), "again");
}

TEST_F(call_limits, capabilities_passed_with_a_refused_call_are_given_back) {
  serving_domain domain{hypervisor, 1, echo_for_all(), {.calls_in_flight = 1}};
  client client{loop, guest, service};
  auto echo = client.bootstrap<Echo>();
  auto calls = in_flight(echo, 1);
  kj::String heard;
  bool gone = false;
  auto request = echo.sayToRequest();
  request.setListener(kj::heap<listener>(heard).attach(kj::defer([&] { gone = true; })));
  auto sent = request.send();
  { auto dropped = kj::mv(request); }
  EXPECT_EQ(failure_of(kj::mv(sent)).getType(), kj::Exception::Type::OVERLOADED);
  until([&] { return gone; });
}

TEST_F(call_limits, another_domain_calls_as_before) {
  serving_domain domain{hypervisor, 1, echo_for_all(), {.calls_in_flight = 10}};
  client greedy{loop, guest, service}, modest{loop, other_guest, service};
  auto echo = greedy.bootstrap<Echo>();
  auto calls = in_flight(echo, 500);
  auto other = modest.bootstrap<Echo>();
  for (int i = 0; i < 100; ++i)
    EXPECT_STREQ(say(other, "me").wait(loop.wait_scope()).cStr(), "me");
}

TEST_F(call_limits, a_peer_that_finishes_no_refused_call_is_cut_off) {
  serving_domain domain{hypervisor, 1, echo_for_all(), {.calls_in_flight = 0}};
  v4v::stream raw{guest};
  raw.async_connect(service, use_promise).wait(loop.wait_scope());
  message_stream<v4v::stream&> messages{loop, raw};
  for (std::uint32_t id = 0; id < 1025; ++id) {
    capnp::MallocMessageBuilder message;
    message.initRoot<capnp::rpc::Message>().initBootstrap().setQuestionId(id);
    messages.writeMessage(message).wait(loop.wait_scope());
  }
  for (std::uint32_t id = 0; id < 1024; ++id) {
    auto answer = messages.readMessage().wait(loop.wait_scope());
    EXPECT_EQ(answer->getRoot<capnp::rpc::Message>().getReturn().getAnswerId(), id);
  }
  auto end = messages.readMessage().wait(loop.wait_scope());
  const auto why = end->getRoot<capnp::rpc::Message>().getAbort();
  EXPECT_EQ(why.getType(), capnp::rpc::Exception::Type::OVERLOADED);
  EXPECT_NE(std::string{why.getReason().cStr()}.find("(1024)"), std::string::npos);
}

TEST_F(call_limits, a_peer_that_takes_no_answers_is_cut_off) {
  serving_domain domain{hypervisor, 1, echo_for_all(), {.calls_in_flight = 0}};
  v4v::stream raw{guest, {.ring_size = 4096}};
  raw.async_connect(service, use_promise).wait(loop.wait_scope());
  message_stream<v4v::stream&> messages{loop, raw};
  constexpr std::uint32_t questions = 1900;  // which fit into the ring of the server
  for (std::uint32_t id = 0; id < questions; ++id) {
    // Finished at once, so that only the answers pile up.
    capnp::MallocMessageBuilder question, finish;
    question.initRoot<capnp::rpc::Message>().initBootstrap().setQuestionId(id);
    finish.initRoot<capnp::rpc::Message>().initFinish().setQuestionId(id);
    messages.writeMessage(question).wait(loop.wait_scope());
    messages.writeMessage(finish).wait(loop.wait_scope());
  }
  std::uint32_t answers = 0;
  while (!messages.readMessage().wait(loop.wait_scope())->getRoot<capnp::rpc::Message>().isAbort())
    ++answers;
  EXPECT_GE(answers, 1024u);
  EXPECT_LT(answers, questions);
}

TEST_F(limits, the_words_of_calls_that_are_not_answered_hold_up_the_connection_and_no_other) {
  serving_domain domain{hypervisor, 1, echo_for_all(), {.flow_limit = 10}};
  client client{loop, guest, service}, another{loop, guest, service};
  auto echo = client.bootstrap<Echo>();
  auto held = echo.neverRequest().send().ignoreResult().eagerlyEvaluate(nullptr);
  auto behind = say(echo, "behind").eagerlyEvaluate(nullptr);
  say(another.bootstrap<Echo>(), "free").wait(loop.wait_scope());
  EXPECT_FALSE(behind.poll(loop.wait_scope()));
  EXPECT_EQ(counts.calls, 1u);
}

}  // namespace
}  // namespace v4v::rpc::testing
