// Our network under Cap'n Proto's RPC system, alone and against Cap'n Proto's own.

#include "v4v/rpc/vat_network.hpp"

#include <capnp/rpc-twoparty.h>
#include <gtest/gtest.h>
#include <kj/debug.h>

#include <asio/local/connect_pair.hpp>
#include <asio/local/stream_protocol.hpp>
#include <optional>
#include <string>
#include <vector>

#include "echo_service.hpp"
#include "v4v/rpc/message_stream.hpp"

namespace v4v::rpc {
namespace {

using capnp::rpc::twoparty::Side;
using capnp::rpc::twoparty::VatId;
using testing::Echo;
using testing::echo_counts;
using testing::echo_service;
using socket = asio::local::stream_protocol::socket;

/// A socket that takes what is written at once, as a v4v::stream does, and counts that.
class counting_socket : public socket {
 public:
  using socket::socket;

  template <class Buffers>
  std::size_t try_write_some(const Buffers& buffers, std::error_code& error) {
    if (refuses) {
      error = std::make_error_code(std::errc::message_size);
      return 0;
    }
    std::error_code closed;
    non_blocking(true, closed);
    ++writes;
    return write_some(buffers, error);
  }

  int writes = 0;
  bool refuses = false;
};

struct vat_networks : ::testing::Test {
  vat_networks() { asio::local::connect_pair(near.next_layer(), far.next_layer()); }

  template <class Network>
  static Echo::Client bootstrap_of(capnp::RpcSystem<VatId>& system, Network&) {
    capnp::MallocMessageBuilder message;
    auto id = message.initRoot<VatId>();
    id.setSide(Side::SERVER);
    return system.bootstrap(id).castAs<Echo>();
  }

  std::string said_by(Echo::Client echo, const std::string& text) {
    auto request = echo.sayRequest();
    request.setText(text);
    return request.send().wait(loop.wait_scope()).getText().cStr();
  }

  template <class T>
  kj::Exception failure_of(kj::Promise<T>&& promise) {
    try {
      promise.wait(loop.wait_scope());
    } catch (const kj::Exception& e) {
      return kj::Exception{e};
    }
    return KJ_EXCEPTION(UNIMPLEMENTED, "did not fail");
  }

  asio::io_context io;
  event_loop loop{io};
  echo_counts counts;
  message_stream<counting_socket> near{loop, counting_socket{io}}, far{loop, counting_socket{io}};
};

/// Both ends.
struct a_vat_network : vat_networks {
  vat_network serving{loop, near, Side::SERVER};
  vat_network calling{loop, far, Side::CLIENT};
  std::optional<capnp::RpcSystem<VatId>> server{
      capnp::makeRpcServer(serving, kj::heap<echo_service>(counts))};
  std::optional<capnp::RpcSystem<VatId>> client{capnp::makeRpcClient(calling)};
  Echo::Client echo = bootstrap_of(*client, calling);

  ~a_vat_network() noexcept override = default;
};

TEST_F(a_vat_network, carries_calls) {
  EXPECT_EQ(said_by(echo, "hello"), "hello");
  EXPECT_EQ(said_by(echo, std::string(300'000, 'x')), std::string(300'000, 'x'));
  EXPECT_EQ(said_by(echo, ""), "") << "in memory that was used before";
}

TEST_F(a_vat_network, writes_together_what_is_sent_in_one_turn) {
  EXPECT_EQ(said_by(echo, "hello"), "hello");
  near.next_layer().writes = far.next_layer().writes = 0;
  std::vector<kj::Promise<void>> calls;
  for (int i = 0; i < 20; ++i)
    calls.push_back(echo.countRequest().send().ignoreResult());
  for (auto& call : calls)
    call.wait(loop.wait_scope());
  EXPECT_EQ(far.next_layer().writes, 1) << "calls";
  EXPECT_EQ(near.next_layer().writes, 1) << "returns";
}

TEST_F(a_vat_network, does_not_keep_many_messages_or_long_ones_waiting) {
  EXPECT_EQ(said_by(echo, "hello"), "hello");
  far.next_layer().writes = 0;
  auto request = echo.sayRequest();
  request.setText(std::string(40'000, 'x'));
  auto call = request.send();
  EXPECT_EQ(far.next_layer().writes, 1);
  std::vector<kj::Promise<void>> calls;
  for (int i = 0; i < 100; ++i)
    calls.push_back(echo.countRequest().send().ignoreResult());
  EXPECT_GT(far.next_layer().writes, 1);
  for (auto& each : calls)
    each.wait(loop.wait_scope());
}

TEST_F(a_vat_network, writes_without_a_wait_when_the_io_context_runs) {
  bool answered = false;
  auto call = echo.countRequest()
                  .send()
                  .then([&](auto&&) { answered = true; })
                  .eagerlyEvaluate([](kj::Exception&& e) { ADD_FAILURE() << kj::str(e).cStr(); });
  while (!answered && io.run_one() != 0) {
  }
  EXPECT_TRUE(answered);
}

TEST_F(a_vat_network, goes_on_where_the_peer_makes_room) {
  std::vector<kj::Promise<void>> calls;
  std::size_t same = 0;
  for (int i = 0; i < 50; ++i) {
    auto request = echo.sayRequest();
    request.setText(std::string(100'000, 'x'));
    calls.push_back(request.send().then(
        [&](auto&& answer) { same += answer.getText().size() == 100'000 ? 1 : 0; }));
  }
  EXPECT_GT(calling.queued_bytes(), 0u);
  for (auto& each : calls)
    each.wait(loop.wait_scope());
  EXPECT_EQ(same, 50u);
  loop.wait_scope().poll();
  EXPECT_EQ(calling.queued_bytes(), 0u);
}

TEST_F(a_vat_network, refuses_to_send_what_the_peer_would_not_take) {
  auto request = echo.sayRequest();
  request.setText(std::string(std::size_t{65} << 20, 'x'));
  const auto failure = failure_of(request.send().ignoreResult());
  EXPECT_NE(std::string(failure.getDescription().cStr()).find("larger than the limit"),
            std::string::npos);
  EXPECT_EQ(said_by(echo, "goes on"), "goes on");
}

TEST_F(a_vat_network, refuses_to_send_more_segments_than_the_peer_would_take) {
  capnp::MallocMessageBuilder peer;
  auto id = peer.initRoot<VatId>();
  id.setSide(Side::SERVER);
  auto connection = KJ_ASSERT_NONNULL(calling.connect(id));
  auto message = connection->newOutgoingMessage(0);
  auto call = message->getBody().initAs<capnp::rpc::Message>().initCall();
  // Data that is outside of the message is a segment of its own.
  constexpr kj::uint pieces = 600;
  const capnp::word outside{};
  auto all = call.initParams().getContent().initAs<capnp::List<capnp::Data>>(pieces);
  for (kj::uint i = 0; i < pieces; ++i)
    all.adopt(i, capnp::Orphanage::getForMessageContaining(call).referenceExternalData(
                     capnp::Data::Reader{reinterpret_cast<const kj::byte*>(&outside), 8}));
  EXPECT_THROW(message->send(), kj::Exception);
  EXPECT_EQ(said_by(echo, "goes on"), "goes on");
}

TEST_F(a_vat_network, that_cannot_write_fails_the_calls) {
  EXPECT_EQ(said_by(echo, "hello"), "hello");
  far.next_layer().refuses = true;
  const auto failure = failure_of(echo.countRequest().send().ignoreResult());
  EXPECT_NE(std::string(failure.getDescription().cStr()).find("writing a message"),
            std::string::npos)
      << failure.getDescription().cStr();
}

TEST_F(a_vat_network, delivers_what_the_peer_sent_before_it_was_gone) {
  EXPECT_EQ(said_by(echo, "hello"), "hello");
  near.next_layer().writes = 0;
  auto last = echo.countRequest().send();
  while (near.next_layer().writes == 0)
    io.run_one();
  near.next_layer().close();
  auto next = echo.countRequest().send();
  EXPECT_EQ(last.wait(loop.wait_scope()).getCalls(), 1u);
  EXPECT_EQ(failure_of(next.ignoreResult()).getType(), kj::Exception::Type::DISCONNECTED);
}

TEST_F(a_vat_network, ends_when_the_rpc_system_lets_go_of_it) {
  EXPECT_EQ(said_by(echo, "hello"), "hello");
  auto ended = calling.on_disconnect();
  server.reset();
  ended.wait(loop.wait_scope());
}

TEST_F(vat_networks, may_end_before_a_message_that_was_not_sent) {
  std::optional<capnp::Request<Echo::SayParams, Echo::SayResults>> request;
  {
    vat_network serving{loop, near, Side::SERVER}, calling{loop, far, Side::CLIENT};
    auto server = capnp::makeRpcServer(serving, kj::heap<echo_service>(counts));
    auto client = capnp::makeRpcClient(calling);
    auto echo = bootstrap_of(client, calling);
    EXPECT_EQ(said_by(echo, "hello"), "hello");
    echo.whenResolved().wait(loop.wait_scope());
    request.emplace(echo.sayRequest());
    request->setText("never sent");
  }
  request.reset();
}

TEST_F(vat_networks, may_end_before_a_stream_of_calls_learns_what_was_acknowledged) {
  kj::Own<capnp::RpcFlowController> flow;
  std::vector<kj::Own<kj::PromiseFulfiller<void>>> in_flight;
  {
    vat_network calling{loop, far, Side::CLIENT};
    capnp::MallocMessageBuilder peer;
    auto id = peer.initRoot<VatId>();
    id.setSide(Side::SERVER);
    auto connection = KJ_ASSERT_NONNULL(calling.connect(id));
    flow = connection->newStream();
    for (int i = 0; i < 3; ++i) {
      auto message = connection->newOutgoingMessage(0);
      message->getBody().initAs<capnp::rpc::Message>().initCall();
      auto acknowledged = kj::newPromiseAndFulfiller<void>();
      in_flight.push_back(kj::mv(acknowledged.fulfiller));
      flow->send(kj::mv(message), kj::mv(acknowledged.promise)).wait(loop.wait_scope());
    }
  }
  for (auto& each : in_flight) {
    each->fulfill();
    loop.wait_scope().poll();
  }
  flow->waitAllAcked().wait(loop.wait_scope());
}

/// Sends as much as it can when it hears that nothing can be sent.
struct late_sender final : detail::message_filter {
  bool arriving(capnp::MessageReader&) override { return true; }
  void ending() override {
    for (int i = 0; i < 100; ++i)
      network->post([](capnp::rpc::Message::Builder message) { message.initFinish(); });
    told = true;
  }

  vat_network* network = nullptr;
  bool told = false;
};

TEST_F(vat_networks, send_nothing_for_those_who_learn_that_nothing_can_be_sent) {
  late_sender filter;
  vat_network calling{loop, far, Side::CLIENT, {}, filter};
  filter.network = &calling;
  calling.post(
      [](capnp::rpc::Message::Builder message) { message.initAbort().initReason(10'000'000); });
  loop.wait_scope().poll();
  ASSERT_GT(calling.queued_bytes(), 0u) << "a write waits";
  near.next_layer().close();
  while (!filter.told)
    io.run_one();
  EXPECT_EQ(calling.queued_bytes(), 0u);
  loop.wait_scope().poll();
}

TEST_F(vat_networks, serve_capnprotos_own) {
  vat_network serving{loop, near, Side::SERVER};
  auto server = capnp::makeRpcServer(serving, kj::heap<echo_service>(counts));
  capnp::TwoPartyVatNetwork calling{far, Side::CLIENT};
  auto client = capnp::makeRpcClient(calling);
  EXPECT_EQ(said_by(bootstrap_of(client, calling), "hello"), "hello");
}

TEST_F(vat_networks, call_capnprotos_own) {
  capnp::TwoPartyVatNetwork serving{near, Side::SERVER};
  auto server = capnp::makeRpcServer(serving, kj::heap<echo_service>(counts));
  vat_network calling{loop, far, Side::CLIENT};
  auto client = capnp::makeRpcClient(calling);
  EXPECT_EQ(said_by(bootstrap_of(client, calling), "hello"), "hello");
}

}  // namespace
}  // namespace v4v::rpc
