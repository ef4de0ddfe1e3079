// A call whose promise is dropped is cancelled where it runs, if it allows that.

#include "one_thread.hpp"

namespace v4v::rpc::testing {
namespace {

using kind = counting_stream::kind;

struct waits {
  int begun = 0;
  int destroyed = 0;
  kj::Own<kj::PromiseFulfiller<void>> end;  // of the last one
};

class waiter final : public Waiter::Server {
 public:
  explicit waiter(waits& all) : all_{all} {}

 protected:
  kj::Promise<void> cancellable([[maybe_unused]] CancellableContext context) override {
#if CAPNP_VERSION < 1000000
    context.allowCancellation();
#endif
    return wait();
  }
  kj::Promise<void> stubborn(StubbornContext) override { return wait(); }

 private:
  kj::Promise<void> wait() {
    ++all_.begun;
    auto end = kj::newPromiseAndFulfiller<void>();
    all_.end = kj::mv(end.fulfiller);
    return end.promise.attach(kj::defer([this] { ++all_.destroyed; }));
  }

  waits& all_;
};

class a_dropped_call : public one_thread {
 protected:
  a_dropped_call() { connect(kj::heap<waiter>(calls)); }
  ~a_dropped_call() noexcept override {}

  void drop_when_begun(kj::Promise<void> call) {
    until([&] { return calls.begun == 1; });
    EXPECT_EQ(calls.destroyed, 0);
    EXPECT_FALSE(call.poll(loop.wait_scope()));
  }

  waits calls;
};

TEST_F(a_dropped_call, is_cancelled_where_it_runs) {
  auto service = client->bootstrap<Waiter>();
  drop_when_begun(service.cancellableRequest().send().ignoreResult());
  until([&] { return calls.destroyed == 1; });
}

TEST_F(a_dropped_call, goes_on_when_it_does_not_allow_cancellation) {
  auto service = client->bootstrap<Waiter>();
  until_idle();
  const auto finished = server->messages().read(kind::FINISH);
  drop_when_begun(service.stubbornRequest().send().ignoreResult());
  until([&] { return server->messages().read(kind::FINISH) == finished + 1; });
  until_idle();
  EXPECT_EQ(calls.destroyed, 0);
  calls.end->fulfill();
  until([&] { return calls.destroyed == 1; });
}

TEST_F(a_dropped_call, cancels_no_other) {
  auto service = client->bootstrap<Waiter>();
  auto other = service.cancellableRequest().send().ignoreResult().eagerlyEvaluate(nullptr);
  until([&] { return calls.begun == 1; });
  auto end_of_other = kj::mv(calls.end);
  {
    auto dropped = service.cancellableRequest().send();
    until([&] { return calls.begun == 2; });
  }
  until([&] { return calls.destroyed == 1; });
  end_of_other->fulfill();
  result_of(kj::mv(other));
}

}  // namespace
}  // namespace v4v::rpc::testing
