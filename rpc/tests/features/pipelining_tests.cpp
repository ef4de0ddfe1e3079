// A chain of calls on results that are not there yet takes one round trip.

#include "one_thread.hpp"

namespace v4v::rpc::testing {
namespace {

class chain final : public Chain::Server {
 public:
  explicit chain(std::uint32_t length) : length_{length} {}

 protected:
  kj::Promise<void> next(NextContext context) override {
    context.getResults().setChain(kj::heap<chain>(length_ + 1));
    return kj::READY_NOW;
  }
  kj::Promise<void> length(LengthContext context) override {
    context.getResults().setLength(length_);
    return kj::READY_NOW;
  }

 private:
  const std::uint32_t length_;
};

using pipelining = one_thread;
using kind = counting_stream::kind;

constexpr std::uint32_t links = 100;

kj::Promise<std::uint32_t> length_of_chain(Chain::Client end) {
  for (std::uint32_t i = 0; i < links; ++i)
    end = end.nextRequest().send().getChain();
  return end.lengthRequest().send().then([](auto response) { return response.getLength(); });
}

TEST_F(pipelining, all_calls_of_a_chain_arrive_before_the_first_answer_leaves) {
  connect(kj::heap<chain>(0));
  server->messages().hold_writes();
  auto length = length_of_chain(client->bootstrap<Chain>());
  until([&] { return server->messages().read(kind::CALL) == links + 1; });
  EXPECT_EQ(server->messages().written(), 0u);
  EXPECT_EQ(client->messages().read(), 0u);
  server->messages().let_writes_go();
  EXPECT_EQ(result_of(kj::mv(length)), links);
}

TEST_F(pipelining, sends_each_call_once_and_no_message_more_than_without) {
  connect(kj::heap<chain>(0));
  EXPECT_EQ(result_of(length_of_chain(client->bootstrap<Chain>())), links);
  until_idle();
  const auto& sent = client->messages();
  EXPECT_EQ(sent.written(kind::BOOTSTRAP), 1u);
  EXPECT_EQ(sent.written(kind::CALL), links + 1);
  EXPECT_EQ(sent.written(kind::FINISH), links + 2);
  EXPECT_EQ(sent.read(kind::RETURN), links + 2);
}

TEST_F(pipelining, a_call_on_the_result_of_a_call_that_fails_fails_the_same_way) {
  connect(KJ_EXCEPTION(OVERLOADED, "no chains today"));
  const auto e = failure_of(length_of_chain(client->bootstrap<Chain>()));
  EXPECT_EQ(e.getType(), kj::Exception::Type::OVERLOADED);
  EXPECT_NE(text_of(e).find("no chains today"), std::string::npos) << text_of(e);
}

}  // namespace
}  // namespace v4v::rpc::testing
