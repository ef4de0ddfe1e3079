// A membrane around what a peer is handed: it sees each call, and ends them all when it is revoked.

#include <capnp/membrane.h>
#include <kj/refcount.h>

#include "exchange.hpp"
#include "one_thread.hpp"

namespace v4v::rpc::testing {
namespace {

class policy final : public capnp::MembranePolicy, public kj::Refcounted {
 public:
  int inbound = 0, outbound = 0;

  void revoke() { revoke_->reject(KJ_EXCEPTION(FAILED, "access was revoked")); }

  kj::Maybe<capnp::Capability::Client> inboundCall(std::uint64_t, std::uint16_t,
                                                   capnp::Capability::Client) override {
    ++inbound;
    return nullptr;
  }
  kj::Maybe<capnp::Capability::Client> outboundCall(std::uint64_t, std::uint16_t,
                                                    capnp::Capability::Client) override {
    ++outbound;
    return nullptr;
  }
  kj::Own<capnp::MembranePolicy> addRef() override { return kj::addRef(*this); }
  kj::Maybe<kj::Promise<void>> onRevoked() override { return revoked_.addBranch(); }

 private:
  kj::Own<kj::PromiseFulfiller<void>> revoke_;
  kj::ForkedPromise<void> revoked_ = [this] {
    auto revoked = kj::newPromiseAndFulfiller<void>();
    revoke_ = kj::mv(revoked.fulfiller);
    return revoked.promise.fork();
  }();
};

class a_membrane : public one_thread {
 protected:
  a_membrane() {
    connect(capnp::membrane(Exchange::Client{kj::heap<exchange>(servers)}, kj::addRef(*around)));
    at = client->bootstrap<Exchange>();
  }
  ~a_membrane() noexcept override {}

  numbers servers, clients;
  kj::Own<policy> around = kj::refcounted<policy>();
  Exchange::Client at = nullptr;
};

TEST_F(a_membrane, sees_calls_to_all_that_is_reached_through_it_in_both_directions) {
  result_of(append_many(at.ownRequest().send().getLedger(), 0, 3));
  EXPECT_EQ(around->inbound, 4) << "one for the ledger, and three to it";
  EXPECT_EQ(around->outbound, 0);
  result_of(leave(at, kj::heap<ledger>(clients)));
  result_of(append_left(at, 0, 5));
  EXPECT_EQ(around->outbound, 5);
  EXPECT_EQ(clients, counting_to(5));
}

TEST_F(a_membrane, that_is_revoked_fails_calls_that_run_and_all_later_ones) {
  auto never = kj::newPromiseAndFulfiller<Ledger::Client>();
  auto own = at.ownRequest().send().wait(loop.wait_scope()).getLedger();
  result_of(leave(at, kj::mv(never.promise)));
  auto running = append_left(at, 0, 1);
  until([&] { return client->messages().read(counting_stream::kind::CALL) == 1; });
  around->revoke();
  EXPECT_NE(text_of(failure_of(kj::mv(running))).find("access was revoked"), std::string::npos);
  EXPECT_NE(text_of(failure_of(append(own, 0))).find("access was revoked"), std::string::npos);
  EXPECT_TRUE(servers.empty());
}

}  // namespace
}  // namespace v4v::rpc::testing
