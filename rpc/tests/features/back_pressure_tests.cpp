// Back pressure in both directions at once, through rings that are smaller than one call: each end
// can only write on while it reads.

#include <asio/post.hpp>
#include <future>
#include <thread>

#include "one_thread.hpp"
#include "sink.hpp"

namespace v4v::rpc::testing {
namespace {

constexpr std::size_t bytes_a_call = 50'000;
constexpr std::uint32_t calls_each_way = sanitized ? 100 : 1000;

void expect_all(const sink::state& received) {
  EXPECT_EQ(received.calls, calls_each_way);
  EXPECT_EQ(received.bytes, std::uint64_t{calls_each_way} * bytes_a_call);
  EXPECT_EQ(received.out_of_order, 0u);
}

class both_ways_at_once : public one_thread, public ::testing::WithParamInterface<std::size_t> {
 protected:
  ~both_ways_at_once() noexcept override = default;
};

INSTANTIATE_TEST_SUITE_P(with_rings_of, both_ways_at_once,
                         ::testing::Values(4096, 8192, 16384, 256 * 1024));

TEST_P(both_ways_at_once, all_calls_arrive_in_one_thread) {
  sink::state at_server, at_client;
  auto [first, second] = connected_streams(GetParam());
  rpc_end one{loop, std::move(first), rpc_end::side::SERVER, kj::heap<sink>(at_server)};
  rpc_end other{loop, std::move(second), rpc_end::side::CLIENT, kj::heap<sink>(at_client)};
  source up{other.bootstrap<Sink>(), calls_each_way, bytes_a_call};
  source down{one.bootstrap<Sink>(), calls_each_way, bytes_a_call};
  auto sent_up = up.send_all().eagerlyEvaluate(nullptr);
  auto sent_down = down.send_all().eagerlyEvaluate(nullptr);
  result_of(kj::mv(sent_up));
  result_of(kj::mv(sent_down));
  expect_all(at_server);
  expect_all(at_client);
}

TEST_P(both_ways_at_once, all_calls_arrive_in_two_threads) {
  sink::state at_server, at_client;
  std::promise<void> listens;
  bool server_is_done = false;
  std::thread serving{[&] {
    asio::io_context own_io;
    v4v::guest own_guest{own_io, v4v::embedded_link(hypervisor, 3)};
    v4v::acceptor acceptor{own_guest, port, {GetParam(), 1}};
    listens.set_value();
    event_loop own_loop{own_io};
    rpc_end end{own_loop, acceptor.accept(), rpc_end::side::SERVER, kj::heap<sink>(at_server)};
    source down{end.bootstrap<Sink>(), calls_each_way, bytes_a_call};
    down.send_all().wait(own_loop.wait_scope());
    asio::post(io, [&] { server_is_done = true; });
    end.network().onDisconnect().wait(own_loop.wait_scope());
  }};
  listens.get_future().wait();
  {
    v4v::stream stream{client_guest, {GetParam()}};
    stream.connect({3, port});
    rpc_end end{loop, std::move(stream), rpc_end::side::CLIENT, kj::heap<sink>(at_client)};
    source up{end.bootstrap<Sink>(), calls_each_way, bytes_a_call};
    result_of(up.send_all());
    until([&] { return server_is_done; });
  }
  serving.join();
  expect_all(at_server);
  expect_all(at_client);
}

}  // namespace
}  // namespace v4v::rpc::testing
