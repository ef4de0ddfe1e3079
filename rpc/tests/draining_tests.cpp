// A server that ends gracefully.

#include <gtest/gtest.h>

#include <capnp/rpc.capnp.h>

#include <chrono>
#include <future>
#include <optional>
#include <vector>

#include "two_domains.hpp"
#include "v4v/rpc/message_stream.hpp"
#include "v4v/rpc/use_promise.hpp"
#include "v4v/stream.hpp"

namespace v4v::rpc::testing {
namespace {

using namespace std::chrono_literals;

/// Answers when it is told to.
class slow final : public Echo::Server {
 public:
  explicit slow(std::vector<kj::Own<kj::PromiseFulfiller<void>>>& answers) : answers_{answers} {}

 protected:
  kj::Promise<void> say(SayContext context) override {
    auto answer = kj::newPromiseAndFulfiller<void>();
    answers_.push_back(kj::mv(answer.fulfiller));
    return answer.promise.then(
        [context]() mutable { context.getResults().setText(context.getParams().getText()); });
  }

 private:
  std::vector<kj::Own<kj::PromiseFulfiller<void>>>& answers_;
};

/// Server and client in one thread, so that the test knows what has come to pass.
class draining : public two_domains {
 protected:
  v4v::guest here{io, v4v::embedded_link(hypervisor, 1)};
  std::vector<kj::Own<kj::PromiseFulfiller<void>>> answers;
  std::optional<server> serving{std::in_place, loop, here, service_port,
                                [this](const peer&) { return kj::heap<slow>(answers); }};

  void arrive(std::size_t calls) {
    until([&] { return answers.size() == calls; });
  }
};

TEST_F(draining, with_no_connection_is_over_at_once) { serving->drain(1h).wait(loop.wait_scope()); }

TEST_F(draining, finishes_calls_in_flight_and_sends_their_answers) {
  client client{loop, guest, service};
  auto echo = client.bootstrap<Echo>();
  std::vector<kj::Promise<kj::String>> calls;
  for (int i = 0; i < 10; ++i)
    calls.push_back(say(echo, std::string(100'000, 'x').c_str()).eagerlyEvaluate(nullptr));
  arrive(10);
  auto drained = serving->drain(1h);
  EXPECT_FALSE(drained.poll(loop.wait_scope()));
  for (auto& answer : answers)
    answer->fulfill();
  drained.wait(loop.wait_scope());
  EXPECT_EQ(serving->connections(), 0u);
  for (auto& call : calls)
    EXPECT_EQ(call.wait(loop.wait_scope()).size(), 100'000u);
}

TEST_F(draining, refuses_new_calls_and_keeps_the_connection_for_the_old) {
  client client{loop, guest, service};
  auto echo = client.bootstrap<Echo>();
  auto call = say(echo, "old").eagerlyEvaluate(nullptr);
  arrive(1);
  auto drained = serving->drain(1h);
  const auto e = failure_of(say(echo, "new"));
  EXPECT_EQ(e.getType(), kj::Exception::Type::DISCONNECTED);
  EXPECT_EQ(text_of(e),
            "v4v domain 1 port 5000: Echo.say: remote exception: the service is shutting down");
  answers[0]->fulfill();
  EXPECT_STREQ(call.wait(loop.wait_scope()).cStr(), "old");
  drained.wait(loop.wait_scope());
}

TEST_F(draining, accepts_no_more_connections) {
  client client{loop, guest, service};
  auto call = say(client.bootstrap<Echo>(), "old").eagerlyEvaluate(nullptr);
  arrive(1);
  auto drained = serving->drain(1h);
  v4v::rpc::client late{loop, guest, service};
  EXPECT_NE(text_of(failure_of(say(late.bootstrap<Echo>(), "new"))).find("Connection refused"),
            std::string::npos);
}

TEST_F(draining, leaves_the_port_to_another_server) {
  auto drained = serving->drain(1h);
  server next{loop, here, service_port, echo_for_all()};
  client client{loop, guest, service};
  EXPECT_STREQ(say(client.bootstrap<Echo>(), "me").wait(loop.wait_scope()).cStr(), "me");
}

TEST_F(draining, ends_idle_connections) {
  client client{loop, guest, service};
  auto call = say(client.bootstrap<Echo>(), "x").eagerlyEvaluate(nullptr);
  arrive(1);
  answers[0]->fulfill();
  call.wait(loop.wait_scope());
  auto ended = client.on_disconnect();
  serving->drain(1h).wait(loop.wait_scope());
  ended.wait(loop.wait_scope());
}

TEST_F(draining, cuts_what_is_left_after_the_grace) {
  client client{loop, guest, service};
  auto call = say(client.bootstrap<Echo>(), "x").eagerlyEvaluate(nullptr);
  arrive(1);
  serving->drain(5ms).wait(loop.wait_scope());
  EXPECT_EQ(serving->connections(), 0u);
  expect_disconnected(kj::mv(call));
}

TEST_F(draining, again_with_less_grace_cuts_sooner) {
  client client{loop, guest, service};
  auto call = say(client.bootstrap<Echo>(), "x").eagerlyEvaluate(nullptr);
  arrive(1);
  auto patient = serving->drain(1h);
  serving->drain(0ns).wait(loop.wait_scope());
  patient.wait(loop.wait_scope());
  expect_disconnected(kj::mv(call));
}

TEST_F(draining, does_not_wait_for_ever_for_a_peer_that_does_not_leave) {
  v4v::stream raw{guest};
  raw.async_connect(service, use_promise).wait(loop.wait_scope());
  until([&] { return serving->connections() == 1; });
  serving->drain(5ms).wait(loop.wait_scope());
}

TEST_F(draining, waits_for_the_answers_to_calls_that_were_refused) {
  serving.emplace(loop, here, port_type{service_port + 1}, echo_for_all(),
                  server_options{.calls_in_flight = 0});
  v4v::stream raw{guest, {.ring_size = 4096}};
  raw.async_connect({1, service_port + 1}, use_promise).wait(loop.wait_scope());
  message_stream<v4v::stream&> messages{loop, raw};
  constexpr std::uint32_t questions = 300;  // whose answers do not fit into that ring
  for (std::uint32_t id = 0; id < questions; ++id) {
    capnp::MallocMessageBuilder message;
    message.initRoot<capnp::rpc::Message>().initBootstrap().setQuestionId(id);
    messages.writeMessage(message).wait(loop.wait_scope());
  }
  until([&] { return serving->counts().copied == questions; });
  auto drained = serving->drain(1h);
  EXPECT_FALSE(drained.poll(loop.wait_scope()));
  for (std::uint32_t id = 0; id < questions; ++id) {
    auto answer = messages.readMessage().wait(loop.wait_scope());
    EXPECT_EQ(answer->getRoot<capnp::rpc::Message>().getReturn().getAnswerId(), id);
  }
  raw.close();
  drained.wait(loop.wait_scope());
}

TEST_F(draining, goes_on_when_nobody_waits_for_it) {
  client client{loop, guest, service};
  auto call = say(client.bootstrap<Echo>(), "x").eagerlyEvaluate(nullptr);
  arrive(1);
  { auto dropped = serving->drain(1h); }
  answers[0]->fulfill();
  EXPECT_STREQ(call.wait(loop.wait_scope()).cStr(), "x");
  until([&] { return serving->connections() == 0; });
}

TEST_F(draining, may_be_broken_off_by_destroying_the_server) {
  client client{loop, guest, service};
  auto call = say(client.bootstrap<Echo>(), "x").eagerlyEvaluate(nullptr);
  arrive(1);
  auto drained = serving->drain(1h).eagerlyEvaluate(nullptr);
  serving.reset();
  expect_disconnected(kj::mv(call));
}

TEST_F(draining, loses_no_answer_to_a_peer_that_calls_meanwhile) {
  std::uint64_t answered = 0;
  for (int life = 0; life < 20; ++life) {
    serving_domain domain{hypervisor, 4, echo_for_all()};
    client caller{loop, guest, {4, service_port}};
    auto callee = caller.bootstrap<Echo>();
    say(callee, "x").wait(loop.wait_scope());
    ++answered;
    std::vector<kj::Promise<bool>> calls;
    for (int i = 0; i < 50; ++i) {
      calls.push_back(say(callee, "x")
                          .then([](auto&&) { return true; },
                                [](kj::Exception&& e) {
                                  EXPECT_EQ(e.getType(), kj::Exception::Type::DISCONNECTED);
                                  return false;
                                })
                          .eagerlyEvaluate(nullptr));
    }
    auto drained = domain.drain(1h);
    for (auto& call : calls)
      answered += call.wait(loop.wait_scope());
    caller.on_disconnect().wait(loop.wait_scope());
    drained.get();
    EXPECT_EQ(counts.calls, answered) << "what has run was answered";
  }
}

}  // namespace
}  // namespace v4v::rpc::testing
