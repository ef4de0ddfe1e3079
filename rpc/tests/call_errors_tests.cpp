// What the errors of calls say, and that the hooks which see to it are not noticed otherwise.

#include <gtest/gtest.h>

#include <capnp/capability.h>

#include <chrono>
#include <optional>
#include <vector>

#include "two_domains.hpp"
#include "v4v/rpc/with_deadline.hpp"

namespace v4v::rpc::testing {
namespace {

class call_errors : public two_domains {
 protected:
  kj::Promise<void> fail(Echo::Client echo) {
    auto request = echo.failRequest();
    request.setReason("too busy");
    return request.send().ignoreResult();
  }

  static constexpr auto busy =
      "v4v domain 1 port 5000: Echo.fail: remote exception: context.getParams().getReason() = too "
      "busy";

  std::optional<serving_domain> domain{std::in_place, hypervisor, domain_type{1}, echo_for_all()};
};

TEST_F(call_errors, name_peer_method_and_cause) {
  client client{loop, guest, service};
  const auto e = failure_of(fail(client.bootstrap<Echo>()));
  EXPECT_EQ(text_of(e), busy);
  EXPECT_EQ(e.getType(), kj::Exception::Type::OVERLOADED);
}

TEST_F(call_errors, do_so_for_capabilities_from_results) {
  client client{loop, guest, service};
  auto same = client.bootstrap<Echo>().sameRequest().send().wait(loop.wait_scope()).getEcho();
  auto again = same.sameRequest().send().wait(loop.wait_scope()).getEcho();
  EXPECT_EQ(text_of(failure_of(fail(again))), busy);
}

TEST_F(call_errors, do_so_for_pipelined_capabilities) {
  client client{loop, guest, service};
  auto pipelined = client.bootstrap<Echo>().sameRequest().send().getEcho();
  EXPECT_EQ(text_of(failure_of(fail(pipelined.sameRequest().send().getEcho()))), busy);
}

TEST_F(call_errors, say_that_the_connection_was_closed) {
  client client{loop, guest, service};
  auto echo = client.bootstrap<Echo>();
  auto call = echo.neverRequest().send().ignoreResult().eagerlyEvaluate(nullptr);
  say(echo, "the call is there").wait(loop.wait_scope());
  domain.reset();
  EXPECT_EQ(text_of(failure_of(kj::mv(call))),
            "v4v domain 1 port 5000: Echo.never: the connection was closed");
  EXPECT_EQ(text_of(failure_of(say(client.bootstrap<Echo>(), "later"))),
            "v4v domain 1 port 5000: Echo.say: the connection was closed");
}

TEST_F(call_errors, have_the_number_of_a_method_that_the_interface_does_not_lead_to) {
  client client{loop, guest, service};
  EXPECT_EQ(text_of(failure_of(fail(client.bootstrap().castAs<Echo>()))),
            std::string{"v4v domain 1 port 5000: interface 0x"} +
                kj::str(kj::hex(capnp::typeId<Echo>())).cStr() +
                " method 1: remote exception: context.getParams().getReason() = too busy");
}

TEST_F(call_errors, of_methods_that_the_service_does_not_have_are_unimplemented_and_named) {
  client client{loop, guest, service};
  auto request = client.bootstrap<Echo>().castAs<Listener>().heardRequest();
  const auto e = failure_of(request.send());
  EXPECT_EQ(e.getType(), kj::Exception::Type::UNIMPLEMENTED);
  EXPECT_NE(text_of(e).find("v4v domain 1 port 5000: Listener.heard: remote exception: "),
            std::string::npos)
      << text_of(e) << " (the interface is known since Echo.sayTo takes it)";
}

TEST_F(call_errors, of_streaming_calls_name_them_too) {
  client client{loop, guest, service};
  auto echo = client.bootstrap<Echo>();
  say(echo, "connected").wait(loop.wait_scope());
  domain.reset();
  client.on_disconnect().wait(loop.wait_scope());
  auto request = echo.pushRequest();
  request.initData(10);
  EXPECT_EQ(text_of(failure_of(request.send())),
            "v4v domain 1 port 5000: Echo.push: the connection was closed");
}

// The hooks are not to be noticed by peers.

/// Tells whether what it is given is itself, and not a capability of somebody else's that leads
/// here.
class mirror final : public Echo::Server {
 public:
  using set = capnp::CapabilityServerSet<Echo>;

  mirror(set& own, std::vector<bool>& recognised) : own_{own}, recognised_{recognised} {}

 protected:
  kj::Promise<void> same(SameContext context) override {
    context.getResults().setEcho(thisCap());
    return kj::READY_NOW;
  }

  kj::Promise<void> sayTo(SayToContext context) override {
    auto given = context.getParams().getListener().castAs<Echo>();
    auto server = own_.getLocalServer(given);
    return server.attach(kj::mv(given)).then([this](kj::Maybe<Echo::Server&> found) {
      recognised_.push_back(found != nullptr);
    });
  }

 private:
  set& own_;
  std::vector<bool>& recognised_;
};

TEST_F(call_errors, do_not_cost_a_peer_the_recognition_of_its_own_capabilities) {
  domain.reset();
  mirror::set own;
  std::vector<bool> recognised;
  v4v::guest here{io, v4v::embedded_link(hypervisor, 1)};
  server server{loop, here, service_port,
                [&](const peer&) { return own.add(kj::heap<mirror>(own, recognised)); }};
  client client{loop, guest, service, {.reconnect = back_off{}}};
  auto echo = client.bootstrap<Echo>();
  const auto pass = [&](Echo::Client capability) {
    auto request = echo.sayToRequest();
    request.setListener(capability.castAs<Listener>());
    request.send().wait(loop.wait_scope());
  };
  pass(echo);  // a promise, which waits for the connection
  pass(echo);
  auto sent = echo.sameRequest().send();
  pass(sent.getEcho());
  pass(sent.wait(loop.wait_scope()).getEcho());
  pass(with_deadline(echo, std::chrono::hours{1}));
  EXPECT_EQ(recognised, (std::vector<bool>{true, true, true, true, true}));
}

TEST_F(call_errors, do_not_stand_between_a_capability_and_a_service_of_another_domain) {
  serving_domain elsewhere{hypervisor, 4, echo_for_all()};
  client client{loop, guest, service}, other{loop, guest, {4, service_port}};
  kj::String heard;
  auto request = other.bootstrap<Echo>().sayToRequest();
  request.setListener(client.bootstrap<Echo>().castAs<Listener>());
  const auto e = failure_of(request.send());
  EXPECT_EQ(text_of(e).find("v4v domain 4 port 5000: Echo.sayTo: remote exception: "), 0u)
      << text_of(e);
  EXPECT_EQ(text_of(e).find("domain 1"), std::string::npos) << text_of(e);
}

}  // namespace
}  // namespace v4v::rpc::testing
