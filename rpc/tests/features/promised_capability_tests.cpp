// Promises that stand for capabilities: calls on them keep their order, before and after.

#include "exchange.hpp"
#include "one_thread.hpp"

namespace v4v::rpc::testing {
namespace {

using kind = counting_stream::kind;

class a_promised_capability : public one_thread {
 protected:
  a_promised_capability() {
    connect(kj::heap<exchange>(servers));
    at = client->bootstrap<Exchange>();
    result_of(leave(at, kj::mv(promise.promise)));
  }
  ~a_promised_capability() noexcept override {}

  numbers servers, clients;
  kj::PromiseFulfillerPair<Ledger::Client> promise = kj::newPromiseAndFulfiller<Ledger::Client>();
  Exchange::Client at = nullptr;
};

TEST_F(a_promised_capability, gets_no_call_before_it_is_there_and_then_all_in_order) {
  auto called = append_left(at, 0, 100);
  until([&] { return client->messages().read(kind::CALL) == 100; });
  EXPECT_TRUE(clients.empty());
  promise.fulfiller->fulfill(kj::heap<ledger>(clients));
  result_of(kj::mv(called));
  EXPECT_EQ(clients, counting_to(100));
}

TEST_F(a_promised_capability, that_is_broken_fails_the_calls_that_were_made) {
  auto called = append_left(at, 0, 1);
  until([&] { return client->messages().read(kind::CALL) == 1; });
  promise.fulfiller->reject(KJ_EXCEPTION(OVERLOADED, "no ledger left"));
  const auto e = failure_of(kj::mv(called));
  EXPECT_EQ(e.getType(), kj::Exception::Type::OVERLOADED);
  EXPECT_NE(text_of(e).find("no ledger left"), std::string::npos) << text_of(e);
}

// The server's first calls go to the client, who sends them back; the later ones would overtake
// them if the server did not wait for its disembargo.
TEST_F(a_promised_capability, that_turns_out_to_be_the_callers_own_gets_no_call_out_of_turn) {
  auto own = at.ownRequest().send().wait(loop.wait_scope()).getLedger();
  auto first = append_left(at, 0, 50);
  until([&] { return client->messages().read(kind::CALL) == 50; });
  client->messages().hold_writes();
  promise.fulfiller->fulfill(kj::mv(own));
  until_idle();
  EXPECT_TRUE(servers.empty());
  client->messages().let_writes_go();
  // In the moment in which it learns where the calls must go.
  until([&] { return server->messages().read(kind::RESOLVE) == 1; });
  auto second = append_left(at, 50, 50);
  result_of(kj::mv(first));
  result_of(kj::mv(second));
  EXPECT_EQ(servers, counting_to(100));
  EXPECT_EQ(server->messages().written(kind::DISEMBARGO), 1u);
}

}  // namespace
}  // namespace v4v::rpc::testing
