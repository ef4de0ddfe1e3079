// Servers and clients between two domains, each in its own thread.

#include <gtest/gtest.h>

#include <capnp/rpc.capnp.h>
#include <unistd.h>
#include <asio/write.hpp>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <optional>
#include <vector>

#include "two_domains.hpp"
#include "v4v/rpc/message_stream.hpp"
#include "v4v/rpc/use_promise.hpp"
#include "v4v/stream.hpp"

namespace v4v::rpc::testing {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

std::size_t resident_bytes() {
  std::ifstream statm{"/proc/self/statm"};
  std::size_t size = 0, resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

using a_service = two_domains;

TEST_F(a_service, answers_calls) {
  serving_domain domain{hypervisor, 1, echo_for_all()};
  client client{loop, guest, service};
  EXPECT_STREQ(say(client.bootstrap<Echo>(), "hello").wait(loop.wait_scope()).cStr(), "hello");
}

TEST_F(a_service, answers_calls_under_io_run) {
  serving_domain domain{hypervisor, 1, echo_for_all()};
  std::optional<client> client{std::in_place, loop, guest, service};
  kj::String answer;
  auto called = say(client->bootstrap<Echo>(), "hello")
                    .then([&](kj::String text) {
                      answer = kj::mv(text);
                      client.reset();
                    })
                    .eagerlyEvaluate(nullptr);
  io.run();
  EXPECT_STREQ(answer.cStr(), "hello");
}

TEST_F(a_service, takes_pipelined_calls_before_the_connection_is_there) {
  serving_domain domain{hypervisor, 1, echo_for_all()};
  client client{loop, guest, service};
  auto deep = client.bootstrap<Echo>();
  for (int i = 0; i < 10; ++i)
    deep = deep.sameRequest().send().getEcho();
  EXPECT_STREQ(say(deep, "deep").wait(loop.wait_scope()).cStr(), "deep");
}

TEST_F(a_service, calls_capabilities_that_clients_pass_to_it) {
  serving_domain domain{hypervisor, 1, echo_for_all()};
  client client{loop, guest, service};
  kj::String heard;
  auto request = client.bootstrap<Echo>().sayToRequest();
  request.setListener(kj::heap<listener>(heard));
  request.setText("back");
  request.send().wait(loop.wait_scope());
  EXPECT_STREQ(heard.cStr(), "back");
}

TEST_F(a_service, takes_streaming_calls) {
  serving_domain domain{hypervisor, 1, echo_for_all()};
  client client{loop, guest, service};
  auto echo = client.bootstrap<Echo>();
  for (int i = 0; i < 500; ++i) {
    auto request = echo.pushRequest();
    request.initData(10'000);
    request.send().wait(loop.wait_scope());
  }
  EXPECT_EQ(echo.pushedRequest().send().wait(loop.wait_scope()).getBytes(), 5'000'000u);
}

TEST_F(a_service, takes_and_gives_messages_much_larger_than_a_ring) {
  serving_domain domain{hypervisor, 1, echo_for_all()};
  client client{loop, guest, service};
  const std::string large(5 << 20, 'x');
  EXPECT_EQ(say(client.bootstrap<Echo>(), large.c_str()).wait(loop.wait_scope()), large.c_str());
}

TEST_F(a_service, keeps_the_kind_and_text_of_its_exceptions) {
  serving_domain domain{hypervisor, 1, echo_for_all()};
  client client{loop, guest, service};
  auto request = client.bootstrap<Echo>().failRequest();
  request.setReason("too busy");
  const auto e = failure_of(request.send());
  EXPECT_EQ(e.getType(), kj::Exception::Type::OVERLOADED);
  EXPECT_NE(text_of(e).find("too busy"), std::string::npos);
}

TEST_F(a_service, serves_many_clients_at_once) {
  serving_domain domain{hypervisor, 1, echo_for_all()};
  std::vector<kj::Own<client>> clients;
  for (int i = 0; i < 20; ++i)
    clients.push_back(kj::heap<client>(loop, guest, service));
  for (int round = 0; round < 3; ++round) {
    auto calls = kj::heapArrayBuilder<kj::Promise<kj::String>>(clients.size());
    for (auto& each : clients)
      calls.add(say(each->bootstrap<Echo>(), "x"));
    kj::joinPromises(calls.finish()).wait(loop.wait_scope());
  }
  EXPECT_EQ(counts.calls, 60u);
  EXPECT_EQ(domain.connections(), 20u);
  clients.clear();
  until([&] { return domain.connections() == 0; });
}

TEST_F(a_service, hands_out_what_the_peers_domain_may_have_and_knows_it_from_the_hypervisor) {
  std::vector<domain_type> seen;
  serving_domain domain{hypervisor, 1, [&](const peer& p) -> capnp::Capability::Client {
                          seen.push_back(p.domain);
                          EXPECT_EQ(p.endpoint.domain(), p.domain);
                          EXPECT_GE(p.endpoint.port(), first_connecting_port);
                          if (p.domain != 2) KJ_FAIL_REQUIRE("domain not allowed here", p.domain);
                          return kj::heap<echo_service>(counts);
                        }};
  v4v::guest other_guest{io, v4v::embedded_link(hypervisor, 3)};
  client allowed{loop, guest, service}, refused{loop, other_guest, service};
  const auto e = failure_of(say(refused.bootstrap<Echo>(), "let me in"));
  EXPECT_NE(text_of(e).find("domain not allowed here"), std::string::npos) << text_of(e);
  EXPECT_STREQ(say(allowed.bootstrap<Echo>(), "hello").wait(loop.wait_scope()).cStr(), "hello");
  EXPECT_EQ(seen.size(), 2u);
}

TEST_F(a_service, survives_peers_that_talk_nonsense_or_leave_in_the_middle_of_a_message) {
  serving_domain domain{hypervisor, 1, echo_for_all()};
  client client{loop, guest, service};
  auto echo = client.bootstrap<Echo>();
  say(echo, "before").wait(loop.wait_scope());
  for (const std::string& bytes :
       {std::string(64, '\xFF'), std::string(12, '\0'), std::string(1, 'x'),
        std::string("\0\0\0\0\xFF\0\0\0half a message", 22)}) {
    v4v::stream raw{guest};
    raw.async_connect(service, use_promise).wait(loop.wait_scope());
    asio::async_write(raw, asio::buffer(bytes), use_promise).wait(loop.wait_scope());
  }
  until([&] { return domain.connections() == 1; });
  EXPECT_STREQ(say(echo, "after").wait(loop.wait_scope()).cStr(), "after");
}

TEST_F(a_service, refuses_a_port_that_is_taken) {
  server first{loop, guest, service_port, echo_for_all()};
  try {
    server second{loop, guest, service_port, echo_for_all()};
    FAIL();
  } catch (const kj::Exception& e) {
    EXPECT_NE(text_of(e).find("v4v domain 2 port 5000"), std::string::npos) << text_of(e);
  }
}

TEST_F(a_service, and_its_clients_may_live_in_one_domain_and_thread) {
  server server{loop, guest, service_port, echo_for_all()};
  client client{loop, guest, {2, service_port}};
  EXPECT_STREQ(say(client.bootstrap<Echo>(), "me").wait(loop.wait_scope()).cStr(), "me");
}

TEST_F(a_service, gets_each_of_many_calls_once_while_both_domains_sleep_between_them) {
  constexpr std::uint64_t calls = sanitized ? 5'000 : 100'000;
  serving_domain domain{hypervisor, 1, echo_for_all()};
  client client{loop, guest, service};
  auto echo = client.bootstrap<Echo>();
  std::size_t warm = 0;
  for (std::uint64_t i = 0; i < calls; ++i) {
    if (i == calls / 10) warm = resident_bytes();
    const auto text = kj::str(i);
    ASSERT_EQ(say(echo, text).wait(loop.wait_scope()), text);
  }
  EXPECT_EQ(counts.calls, calls);
  if (!sanitized) {
    EXPECT_LT(resident_bytes(), warm + (1u << 20));
  }
}

TEST_F(a_service, keeps_nothing_of_connections_that_came_and_went) {
  constexpr int connections = sanitized ? 200 : 3'000;
  serving_domain domain{hypervisor, 1, echo_for_all()};
  std::size_t warm = 0;
  for (int i = 0; i < connections; ++i) {
    if (i == connections / 3) warm = resident_bytes();
    client client{loop, guest, service};
    say(client.bootstrap<Echo>(), "hello").wait(loop.wait_scope());
  }
  until([&] { return domain.connections() == 0; });
  if (!sanitized) {
    EXPECT_LT(resident_bytes(), warm + (2u << 20));
  }
}

TEST_F(a_service, keeps_little_for_a_peer_that_takes_no_answers_to_refused_calls) {
  constexpr std::uint32_t calls = 800;
  v4v::guest here{io, v4v::embedded_link(hypervisor, 4)};
  server server{loop, here, service_port, echo_for_all(), {.calls_in_flight = 0}};
  std::vector<v4v::stream> peers;
  std::size_t warm = 0;
  for (std::uint64_t connections = 1; connections <= 5; ++connections) {
    auto& raw = peers.emplace_back(guest, stream_options{.ring_size = 4096});
    raw.async_connect({4, service_port}, use_promise).wait(loop.wait_scope());
    message_stream<v4v::stream&> messages{loop, raw};
    for (std::uint32_t id = 0; id < calls; ++id) {
      capnp::MallocMessageBuilder call;
      call.initRoot<capnp::rpc::Message>().initBootstrap().setQuestionId(id);
      messages.writeMessage(call).wait(loop.wait_scope());
    }
    until([&] {
      const auto read = server.counts();
      return read.copied + read.assembled == connections * calls;
    });
    if (connections == 1) warm = resident_bytes();
  }
  if (!sanitized) {
    EXPECT_LT(resident_bytes(), warm + (8u << 20)) << "of four connections";
  }
}

TEST_F(a_service, counts_the_messages_of_connections_that_are_gone) {
  v4v::guest here{io, v4v::embedded_link(hypervisor, 4)};
  server server{loop, here, service_port, echo_for_all()};
  for (std::uint64_t connections = 1; connections <= 3; ++connections) {
    {
      client client{loop, guest, {4, service_port}};
      say(client.bootstrap<Echo>(), "hello").wait(loop.wait_scope());
    }
    until([&] { return server.connections() == 0; });
    EXPECT_GE(server.counts().copied, 2 * connections) << "for the capability, and a call";
  }
}

TEST_F(a_service, tells_who_asked_that_it_was_destroyed) {
  kj::Promise<void> failed = nullptr;
  {
    server server{loop, guest, service_port, echo_for_all()};
    failed = server.on_failure();
    EXPECT_FALSE(failed.poll(loop.wait_scope()));
  }
  EXPECT_NE(text_of(failure_of(kj::mv(failed))).find("destroyed"), std::string::npos);
}

TEST_F(a_service, and_a_client_need_a_guest_of_the_same_io_context) {
  asio::io_context other;
  v4v::guest foreign{other, v4v::embedded_link(hypervisor, 4)};
  EXPECT_THROW((server{loop, foreign, service_port, echo_for_all()}), kj::Exception);
  EXPECT_THROW((client{loop, foreign, service}), kj::Exception);
}

}  // namespace
}  // namespace v4v::rpc::testing
