// Messages in good frames that break the rules of the RPC protocol.

#include "server_under_attack.hpp"

namespace v4v::rpc::testing {
namespace {

class a_peer : public server_under_attack {
 protected:
  /// Sends messages after one that asks for what the server hands out.
  outcome after_bootstrap(const bytes& messages) { return attack(bootstrap_message(0) + messages); }
  void expect_exceptions(const bytes& messages, std::uint32_t calls) {
    expect_borne(messages);
    for (std::uint32_t question = 1; question <= calls; ++question)
      EXPECT_EQ(answer_to(question), capnp::rpc::Return::EXCEPTION) << question;
  }
  void expect_ended(const bytes& messages) {
    EXPECT_EQ(after_bootstrap(messages), outcome::connection_ended);
    expect_unharmed();
  }
  void expect_borne(const bytes& messages) {
    EXPECT_EQ(after_bootstrap(messages), outcome::connection_goes_on);
    expect_unharmed();
  }
};

constexpr auto nothing_else = [](auto) {};

TEST_F(a_peer, that_calls_what_was_never_exported_is_cut_off) {
  expect_ended(call_message(1, [](auto call) { call.initTarget().setImportedCap(12'345); }));
  expect_ended(call_message(1, [](auto call) { call.initTarget().setImportedCap(0xFFFFFFFF); }));
}

TEST_F(a_peer, that_calls_the_answer_to_a_question_it_never_asked_is_cut_off) {
  expect_ended(
      call_message(1, [](auto call) { call.initTarget().initPromisedAnswer().setQuestionId(77); }));
}

TEST_F(a_peer, that_calls_a_pointer_which_no_answer_has_gets_an_error) {
  expect_exceptions(call_message(1,
                                 [](auto call) {
                                   auto answer = call.initTarget().initPromisedAnswer();
                                   answer.setQuestionId(0);
                                   answer.initTransform(1)[0].setGetPointerField(0xFFFF);
                                 }),
                    1);
}

TEST_F(a_peer, that_calls_an_interface_or_a_method_that_is_not_there_gets_an_error) {
  expect_exceptions(call_message(1, [](auto call) { call.setMethodId(0xFFFF); }) +
                        call_message(2, [](auto call) { call.setInterfaceId(0xFFFFFFFFFFFFFFFF); }),
                    2);
}

TEST_F(a_peer, that_uses_the_number_of_a_question_twice_is_cut_off) {
  expect_ended(bootstrap_message(0));
  expect_ended(call_message(1, nothing_else) + call_message(1, nothing_else));
}

TEST_F(a_peer, that_answers_what_was_never_asked_is_cut_off) {
  const auto return_of = [](auto fill) {
    return rpc_message([&](auto message) {
      auto answer = message.initReturn();
      answer.setAnswerId(0);
      fill(answer);
    });
  };
  expect_ended(return_of([](auto answer) { answer.initResults(); }));
  expect_ended(return_of([](auto answer) { answer.initException(); }));
  expect_ended(return_of([](auto answer) { answer.setCanceled(); }));
  expect_ended(return_of([](auto answer) { answer.setTakeFromOtherQuestion(5); }));
}

TEST_F(a_peer, that_finishes_what_it_never_asked_or_has_finished_is_cut_off) {
  expect_ended(finish_message(1));
  expect_ended(finish_message(0) + finish_message(0));
  expect_ended(finish_message(0xFFFFFFFF));
}

TEST_F(a_peer, that_releases_what_it_does_not_have_is_cut_off) {
  const auto release = [](std::uint32_t id, std::uint32_t count) {
    return rpc_message([&](auto message) {
      auto released = message.initRelease();
      released.setId(id);
      released.setReferenceCount(count);
    });
  };
  expect_ended(release(99, 1));
  expect_ended(release(0, 0xFFFFFFFF));
  expect_ended(release(0, 1) + release(0, 1));
}

TEST_F(a_peer, that_resolves_what_was_never_promised_does_no_harm) {
  expect_borne(rpc_message([](auto message) {
    auto resolved = message.initResolve();
    resolved.setPromiseId(42);
    resolved.initCap().setSenderHosted(7);
  }));
  expect_borne(rpc_message([](auto message) {
    auto resolved = message.initResolve();
    resolved.setPromiseId(42);
    resolved.initException().setReason("broken");
  }));
  expect_borne(rpc_message([](auto message) {
    auto resolved = message.initResolve();
    resolved.setPromiseId(42);
    resolved.initCap().setReceiverHosted(4711);
  }));
}

TEST_F(a_peer, that_sends_disembargoes_nobody_waits_for_is_cut_off) {
  const auto disembargo = [](auto fill) {
    return rpc_message([&](auto message) { fill(message.initDisembargo()); });
  };
  expect_ended(disembargo([](auto d) {
    d.initTarget().setImportedCap(31);
    d.getContext().setSenderLoopback(0);
  }));
  expect_ended(disembargo([](auto d) {  // what it was handed is no promise
    d.initTarget().setImportedCap(0);
    d.getContext().setSenderLoopback(0);
  }));
  expect_ended(disembargo([](auto d) {
    d.initTarget().initPromisedAnswer().setQuestionId(1234);
    d.getContext().setSenderLoopback(0);
  }));
  expect_ended(disembargo([](auto d) { d.getContext().setReceiverLoopback(3); }));
}

TEST_F(a_peer, that_speaks_of_third_parties_is_told_that_there_are_none) {
  expect_borne(rpc_message([](auto message) { message.initProvide().setQuestionId(1); }) +
               rpc_message([](auto message) { message.initAccept().setQuestionId(2); }) +
               rpc_message([](auto message) { message.initJoin().setQuestionId(3); }));
  EXPECT_FALSE(answers.empty());
}

TEST_F(a_peer, that_passes_capabilities_nobody_has_does_no_harm) {
  const auto with_capability = [](auto fill) {
    return call_message(1, [&](auto call) {
      auto params = call.getParams();
      params.getContent()
          .template getAs<Mirror::AnythingParams>()
          .getValue()
          .template setAs<capnp::Text>("");
      fill(params.initCapTable(1)[0]);
    });
  };
  expect_borne(with_capability([](auto cap) { cap.setReceiverHosted(987); }));
  expect_borne(
      with_capability([](auto cap) { cap.initReceiverAnswer().setQuestionId(0xFFFFFFFF); }));
  expect_borne(with_capability([](auto cap) { cap.initThirdPartyHosted().setVineId(1); }));
  expect_borne(with_capability([](auto cap) { cap.setSenderHosted(0xFFFFFFFF); }));
  expect_borne(with_capability([](auto cap) { cap.setSenderPromise(0xFFFFFFFF); }));
}

TEST_F(a_peer, that_aborts_is_gone) {
  expect_ended(rpc_message([](auto message) { message.initAbort().setReason("because"); }));
}

TEST_F(a_peer, that_does_not_implement_what_it_was_never_sent_does_no_harm) {
  for (int depth : {1, 10, 100, 1000}) {
    attack(bootstrap_message(0) + rpc_message([&](auto message) {
             for (int i = 0; i < depth; ++i)
               message = message.initUnimplemented();
             message.initCall();
           }));
    expect_unharmed();
  }
  attack(rpc_message([](auto message) { message.initUnimplemented().initResolve().initCap(); }));
  expect_unharmed();
}

TEST_F(a_peer, that_wants_results_elsewhere_does_no_harm) {
  after_bootstrap(call_message(1, [](auto call) { call.getSendResultsTo().setYourself(); }) +
                  finish_message(1));
  expect_unharmed();
  after_bootstrap(call_message(1, [](auto call) { call.getSendResultsTo().initThirdParty(); }));
  expect_unharmed();
}

}  // namespace
}  // namespace v4v::rpc::testing
