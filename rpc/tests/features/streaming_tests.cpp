// Streaming calls: as fast as the receiver takes them, and no more of them in flight than a window.

#include <algorithm>
#include <future>
#include <thread>

#include "one_thread.hpp"
#include "sink.hpp"

namespace v4v::rpc::testing {
namespace {

constexpr std::size_t call_bytes = 64 * 1024;
constexpr std::uint32_t calls = sanitized ? 320 : 3200;  // 200 MiB

class streaming : public one_thread {
 protected:
  streaming() {
    connect(kj::heap<sink>(received));
    sending.emplace(client->bootstrap<Sink>(), calls, call_bytes);
  }
  ~streaming() noexcept override {}

  /// What may be under way: what the flow control allows, and one call with which it is exceeded.
  std::uint64_t window() {
    return static_cast<std::uint64_t>(KJ_ASSERT_NONNULL(client->messages().getSendBufferSize())) +
           2 * call_bytes;
  }

  sink::state received;
  std::optional<source> sending;
};

TEST_F(streaming, to_a_receiver_that_holds_calls_back_stops_at_the_window_and_goes_on_in_order) {
  auto gate = kj::newPromiseAndFulfiller<void>();
  received.gate = gate.promise.fork();
  auto sent = sending->send_all().eagerlyEvaluate(nullptr);
  until_idle();
  EXPECT_EQ(received.calls, 0u);
  EXPECT_GT(sending->sent_bytes(), 0u);
  EXPECT_LE(sending->sent_bytes(), window());
  EXPECT_EQ(client->network().getCurrentQueueCount(), 0u) << "it all lies at the receiver";

  gate.fulfiller->fulfill();
  std::uint64_t most_in_flight = 0;
  until([&] {
    most_in_flight = std::max(most_in_flight, sending->sent_bytes() - received.bytes);
    return received.calls == calls;
  });
  result_of(kj::mv(sent));
  EXPECT_LE(most_in_flight, window());
  EXPECT_LE(window(), 1u << 20) << "and that is not much";
  EXPECT_EQ(received.bytes, std::uint64_t{calls} * call_bytes);
  EXPECT_EQ(received.out_of_order, 0u);
}

TEST_F(streaming, that_fails_tells_it_in_the_calls_that_follow) {
  received.gate = kj::Promise<void>{KJ_EXCEPTION(OVERLOADED, "the sink is full")}.fork();
  const auto e = failure_of(sending->send_all());
  EXPECT_EQ(e.getType(), kj::Exception::Type::OVERLOADED);
  EXPECT_NE(text_of(e).find("the sink is full"), std::string::npos) << text_of(e);
  EXPECT_LT(sending->sent(), calls);
}

// Its ring is full then, and what does not fit waits at the sender: no more than a window either.
TEST_F(streaming, to_a_thread_that_stands_still_stops_at_the_window_with_the_ring_full) {
  constexpr std::size_t small_ring = 16 * 1024;
  std::promise<void> listens, stands_still, goes_on;
  std::thread receiving{[&] {
    asio::io_context own_io;
    v4v::guest own_guest{own_io, v4v::embedded_link(hypervisor, 3)};
    v4v::acceptor acceptor{own_guest, port, {small_ring, 1}};
    listens.set_value();
    event_loop own_loop{own_io};
    rpc_end end{own_loop, acceptor.accept(), rpc_end::side::SERVER, kj::heap<sink>(received)};
    stands_still.set_value();
    goes_on.get_future().wait();
    end.network().onDisconnect().wait(own_loop.wait_scope());
  }};
  listens.get_future().wait();
  {
    v4v::stream stream{client_guest, {small_ring}};
    stream.connect({3, port});
    stands_still.get_future().wait();
    rpc_end end{loop, std::move(stream)};
    source to_it{end.bootstrap<Sink>(), calls, call_bytes};
    auto sent = to_it.send_all().eagerlyEvaluate(nullptr);
    until_idle();
    EXPECT_GT(to_it.sent_bytes(), small_ring);
    EXPECT_LE(to_it.sent_bytes(), window());
    EXPECT_GT(end.network().getCurrentQueueCount(), 0u) << "the ring has no room";
    EXPECT_LE(end.network().getCurrentQueueSize(), window());
    goes_on.set_value();
    result_of(kj::mv(sent));
  }
  receiving.join();
  EXPECT_EQ(received.bytes, std::uint64_t{calls} * call_bytes);
  EXPECT_EQ(received.out_of_order, 0u);
}

}  // namespace
}  // namespace v4v::rpc::testing
