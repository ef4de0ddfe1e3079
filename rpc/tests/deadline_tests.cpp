// Calls that are given up when their time is over.

#include <gtest/gtest.h>

#include <chrono>
#include <optional>

#include "two_domains.hpp"
#include "v4v/acceptor.hpp"
#include "v4v/rpc/with_deadline.hpp"

namespace v4v::rpc::testing {
namespace {

using namespace std::chrono_literals;

class a_deadline : public two_domains {
 protected:
  template <class T>
  void expect_late(kj::Promise<T>&& call, const std::string& text) {
    const auto e = failure_of(kj::mv(call));
    EXPECT_EQ(e.getType(), kj::Exception::Type::OVERLOADED) << text_of(e);
    EXPECT_EQ(text_of(e), "v4v domain 1 port 5000: " + text);
  }

  std::optional<serving_domain> domain{std::in_place, hypervisor, domain_type{1}, echo_for_all()};
};

TEST_F(a_deadline, that_passes_is_the_calls_error_and_cancels_it_at_the_service) {
  client client{loop, guest, service, {.deadline = 5ms}};
  expect_late(client.bootstrap<Echo>().neverRequest().send(),
              "Echo.never: deadline of 5 ms exceeded");
  until([&] { return counts.cancelled == 1; });
}

TEST_F(a_deadline, that_does_not_pass_is_not_noticed) {
  client client{loop, guest, service, {.deadline = 1h}};
  auto echo = client.bootstrap<Echo>();
  for (int i = 0; i < 100; ++i)
    EXPECT_STREQ(say(echo, "quick").wait(loop.wait_scope()).cStr(), "quick");
}

TEST_F(a_deadline, leaves_no_work_behind) {
  {
    client client{loop, guest, service, {.deadline = 1h}};
    say(client.bootstrap<Echo>(), "quick").wait(loop.wait_scope());
  }
  io.restart();
  io.run();
}

TEST_F(a_deadline, is_kept_though_nobody_waits) {
  client client{loop, guest, service, {.deadline = 5ms}};
  auto sent = client.bootstrap<Echo>().neverRequest().send();
  until([&] { return counts.cancelled == 1; });
}

TEST_F(a_deadline, is_kept_by_capabilities_from_results_and_pipelines) {
  client client{loop, guest, service, {.deadline = 5ms}};
  auto echo = client.bootstrap<Echo>();
  expect_late(echo.sameRequest().send().getEcho().neverRequest().send(),
              "Echo.never: deadline of 5 ms exceeded");
  kj::Maybe<Echo::Client> same;
  until([&] {  // in time, sooner or later
    auto sent = echo.sameRequest().send();
    return sent
        .then(
            [&](auto response) {
              same = response.getEcho();
              return true;
            },
            [](kj::Exception&&) { return false; })
        .wait(loop.wait_scope());
  });
  expect_late(KJ_ASSERT_NONNULL(same).neverRequest().send(),
              "Echo.never: deadline of 5 ms exceeded");
}

TEST_F(a_deadline, takes_along_what_is_pipelined_on_the_call) {
  // A service that never answers, not even who it is.
  domain.reset();
  v4v::guest here{io, v4v::embedded_link(hypervisor, 1)};
  server silent{
      loop, here, service_port, [](const peer&) {
        return capnp::Capability::Client{kj::Promise<capnp::Capability::Client>{kj::NEVER_DONE}};
      }};
  client client{loop, guest, service, {.deadline = 5ms}};
  auto sent = client.bootstrap<Echo>().sameRequest().send();
  auto pipelined = sent.getEcho();
  expect_late(kj::mv(sent), "Echo.same: deadline of 5 ms exceeded");
  expect_late(say(pipelined, "x"), "Echo.say: Echo.same: deadline of 5 ms exceeded");
}

TEST_F(a_deadline, is_kept_by_streaming_calls) {
  domain.reset();
  v4v::guest here{io, v4v::embedded_link(hypervisor, 1)};
  server silent{
      loop, here, service_port, [](const peer&) {
        return capnp::Capability::Client{kj::Promise<capnp::Capability::Client>{kj::NEVER_DONE}};
      }};
  client client{loop, guest, service, {.deadline = 5ms}};
  auto echo = client.bootstrap<Echo>();
  const auto push = [&] {
    auto request = echo.pushRequest();
    request.initData(1 << 20);
    return request.send();
  };
  expect_late(push(), "Echo.push: deadline of 5 ms exceeded");  // without a connection yet
  push().wait(loop.wait_scope());                               // within the stream's window
  expect_late(push(), "Echo.push: deadline of 5 ms exceeded");  // beyond it
}

TEST_F(a_deadline, counts_while_there_is_no_connection) {
  // Listens, and accepts nobody.
  domain.reset();
  v4v::guest here{io, v4v::embedded_link(hypervisor, 1)};
  v4v::acceptor idle{here, service_port};
  client client{loop, guest, service, {.deadline = 5ms}};
  expect_late(say(client.bootstrap<Echo>(), "x"), "Echo.say: deadline of 5 ms exceeded");
}

TEST_F(a_deadline, can_be_given_to_one_capability_instead_of_that_of_its_client) {
  client client{loop, guest, service, {.deadline = 1h}};
  auto quick = with_deadline(client.bootstrap<Echo>(), 1500us);
  expect_late(quick.neverRequest().send(), "Echo.never: deadline of 1500 us exceeded");
}

TEST_F(a_deadline, can_be_given_to_a_capability_that_comes_from_no_client) {
  auto local = with_deadline<Echo::Client>(kj::heap<echo_service>(counts), 5ms);
  const auto e = failure_of(local.neverRequest().send());
  EXPECT_EQ(text_of(e), "Echo.never: deadline of 5 ms exceeded");
  EXPECT_EQ(counts.cancelled, 1u);
  auto untyped = with_deadline(capnp::Capability::Client{local}, 1h);
  EXPECT_STREQ(say(untyped.castAs<Echo>(), "x").wait(loop.wait_scope()).cStr(), "x");
}

TEST_F(a_deadline, of_nothing_passes_at_once) {
  client client{loop, guest, service, {.deadline = 0ns}};
  expect_late(say(client.bootstrap<Echo>(), "x"), "Echo.say: deadline of 0 s exceeded");
}

TEST_F(a_deadline, that_passes_for_a_call_does_no_harm_to_others) {
  client client{loop, guest, service};
  auto echo = client.bootstrap<Echo>();
  auto other = echo.neverRequest().send().ignoreResult().eagerlyEvaluate(nullptr);
  expect_late(with_deadline(echo, 5ms).neverRequest().send(),
              "Echo.never: deadline of 5 ms exceeded");
  EXPECT_FALSE(other.poll(loop.wait_scope()));
  EXPECT_STREQ(say(echo, "x").wait(loop.wait_scope()).cStr(), "x");
}

}  // namespace
}  // namespace v4v::rpc::testing
