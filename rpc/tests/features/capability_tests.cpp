// Capabilities in both directions, and on to third domains.

#include "exchange.hpp"
#include "one_thread.hpp"
#include "v4v/rpc/client.hpp"
#include "v4v/rpc/server.hpp"

namespace v4v::rpc::testing {
namespace {

using kind = counting_stream::kind;

Ledger::Client own_ledger(Exchange::Client at) { return at.ownRequest().send().getLedger(); }
Ledger::Client left_ledger(Exchange::Client at) { return at.takeRequest().send().getLedger(); }

class a_capability : public one_thread {
 protected:
  a_capability() { connect(kj::heap<exchange>(servers)); }
  ~a_capability() noexcept override {}

  bool is_the_servers_own(Ledger::Client which) {
    auto request = at.isOwnRequest();
    request.setLedger(kj::mv(which));
    return request.send().wait(loop.wait_scope()).getOwn();
  }

  numbers servers, clients;
  Exchange::Client at = nullptr;
};

TEST_F(a_capability, of_the_client_is_called_by_the_server) {
  at = client->bootstrap<Exchange>();
  result_of(leave(at, kj::heap<ledger>(clients)));
  result_of(append_left(at, 0, 3));
  EXPECT_EQ(clients, counting_to(3));
  EXPECT_EQ(client->messages().read(kind::CALL), 3u);
}

TEST_F(a_capability, that_comes_back_to_where_it_lives_is_the_same_object) {
  at = client->bootstrap<Exchange>();
  EXPECT_TRUE(is_the_servers_own(own_ledger(at)));
  EXPECT_FALSE(is_the_servers_own(kj::heap<ledger>(clients)));
}

TEST_F(a_capability, that_comes_back_to_where_it_lives_is_called_without_a_message) {
  at = client->bootstrap<Exchange>();
  capnp::CapabilityServerSet<Ledger> set;
  auto own = set.add(kj::heap<ledger>(clients));
  result_of(leave(at, own));
  auto back = left_ledger(at);
  EXPECT_TRUE(set.getLocalServer(back).wait(loop.wait_scope()) != nullptr);
  until_idle();
  const auto before = client->messages().written();
  result_of(append(back, 0));
  until_idle();
  EXPECT_EQ(clients, counting_to(1));
  EXPECT_EQ(client->messages().written(), before);
}

TEST_F(a_capability, that_is_not_there_fails_its_calls_here_and_there) {
  at = client->bootstrap<Exchange>();
  EXPECT_NE(text_of(failure_of(append(left_ledger(at), 0))).find("nothing was left here"),
            std::string::npos);
  at.leaveRequest().send().wait(loop.wait_scope());  // with a null capability
  EXPECT_NE(text_of(failure_of(append_left(at, 0, 1))).find("null capability"), std::string::npos);
}

TEST_F(a_capability, is_released_over_there_when_the_last_reference_is_dropped) {
  at = client->bootstrap<Exchange>();
  bool destroyed = false;
  auto watched = kj::heap<ledger>(clients).attach(kj::defer([&] { destroyed = true; }));
  result_of(leave(at, kj::mv(watched)));
  until_idle();
  EXPECT_FALSE(destroyed) << "the server has it";
  result_of(leave(at, nullptr));
  until([&] { return destroyed; });
}

/// One service in domain 1, and domains 2 and 3, which reach each other through it alone.
class a_third_domain : public one_thread {
 protected:
  ~a_third_domain() noexcept override {}

  numbers servers, clients;
  Exchange::Client at = kj::heap<exchange>(servers);
  v4v::rpc::server service{loop, server_guest, port, [this](const peer&) { return at; }};
  v4v::guest third_guest{io, v4v::embedded_link(hypervisor, 3)};
  std::optional<v4v::rpc::client> second{std::in_place, loop, client_guest, v4v::endpoint{1, port}};
  v4v::rpc::client third{loop, third_guest, {1, port}};
};

TEST_F(a_third_domain, is_introduced_by_the_server) {
  result_of(leave(second->bootstrap<Exchange>(), kj::heap<ledger>(clients)));
  result_of(append_many(left_ledger(third.bootstrap<Exchange>()), 0, 100));
  EXPECT_EQ(clients, counting_to(100));
}

TEST_F(a_third_domain, learns_that_the_domain_it_was_introduced_to_has_left) {
  result_of(leave(second->bootstrap<Exchange>(), kj::heap<ledger>(clients)));
  auto left = left_ledger(third.bootstrap<Exchange>());
  result_of(append(left, 0));
  second.reset();
  until([&] { return service.connections() == 1; });
  EXPECT_EQ(failure_of(append(left, 1)).getType(), kj::Exception::Type::DISCONNECTED);
  EXPECT_EQ(clients, counting_to(1));
  result_of(append(own_ledger(third.bootstrap<Exchange>()), 0));
}

}  // namespace
}  // namespace v4v::rpc::testing
