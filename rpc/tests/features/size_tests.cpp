// Messages of every size, around all the boundaries on the way, and of every shape.

#include <capnp/serialize.h>

#include <algorithm>
#include <cstring>

#include "mirror.hpp"
#include "one_thread.hpp"

namespace v4v::rpc::testing {
namespace {

constexpr std::size_t limit_bytes = 64 << 20;  // Cap'n Proto's default
constexpr std::size_t limit_words = limit_bytes / sizeof(capnp::word);

class calls_of_size : public one_thread, public ::testing::WithParamInterface<std::size_t> {
 protected:
  calls_of_size() { connect(kj::heap<mirror>()); }
  ~calls_of_size() noexcept override = default;

  void expect_mirrored(std::size_t bytes) {
    auto request = client->bootstrap<Mirror>().dataRequest();
    auto sent = kj::heapArray<kj::byte>(bytes);
    for (std::size_t i = 0; i < bytes; ++i)
      sent[i] = static_cast<kj::byte>(i * 31 + (i >> 8));
    request.setData(sent);
    const auto response = request.send().wait(loop.wait_scope());
    ASSERT_EQ(response.getData().size(), bytes);
    ASSERT_EQ(std::memcmp(response.getData().begin(), sent.begin(), bytes), 0) << bytes;
  }
};

// A word, a page, half a ring, the block that small messages share, a ring, twice a ring.
INSTANTIATE_TEST_SUITE_P(around, calls_of_size,
                         ::testing::Values(8, 4096, usual_ring / 4, usual_ring / 2, usual_ring,
                                           2 * usual_ring));

// A call is some 200 bytes longer than its data: so the data begins below the boundary.
TEST_P(calls_of_size, or_a_little_less_or_more_are_answered) {
  const std::size_t around = GetParam();
  const std::size_t first = around > 400 ? around - 400 : 0;
  for (std::size_t bytes = first; bytes <= around + 16; bytes += around > 400 ? 8 : 1) {
    expect_mirrored(bytes);
    if (HasFatalFailure()) return;
  }
}

class messages_of_size : public one_thread {
 protected:
  messages_of_size() {
    auto [first, second] = connected_streams();
    from.emplace(loop, std::move(first));
    to.emplace(loop, std::move(second));
  }

  kj::Own<capnp::MessageReader> passed(capnp::MessageBuilder& message) {
    auto writing = from->writeMessage(message).eagerlyEvaluate(nullptr);
    auto reading = to->readMessage();
    auto got = result_of(kj::mv(reading));
    result_of(kj::mv(writing));
    return got;
  }

  std::optional<message_stream<v4v::stream>> from, to;
};

TEST_F(messages_of_size, the_readers_limit_pass_and_one_word_more_is_refused) {
  // A message of one segment: the root pointer, the pointer of the data, and the data.
  const auto message_of_words = [](std::size_t words) {
    auto message = kj::heap<capnp::MallocMessageBuilder>(static_cast<kj::uint>(words),
                                                         capnp::AllocationStrategy::FIXED_SIZE);
    message->initRoot<capnp::AnyPointer>().initAs<capnp::Data>(
        static_cast<kj::uint>((words - 1) * sizeof(capnp::word)));
    return message;
  };
  auto largest = message_of_words(limit_words);
  ASSERT_EQ(largest->getSegmentsForOutput()[0].size(), limit_words);
  const auto sent = largest->getSegmentsForOutput()[0].asBytes();
  auto got = passed(*largest);
  ASSERT_EQ(got->getSegment(0).size(), limit_words);
  EXPECT_EQ(std::memcmp(got->getSegment(0).asBytes().begin(), sent.begin(), limit_bytes), 0);
  got = nullptr;
  largest = nullptr;

  auto too_large = message_of_words(limit_words + 1);
  auto writing = from->writeMessage(*too_large).eagerlyEvaluate(nullptr);
  EXPECT_NE(text_of(failure_of(to->readMessage())).find("over the receiver's limit"),
            std::string::npos);
}

TEST_F(messages_of_size, up_to_the_most_segments_pass) {
  constexpr std::size_t most_segments = 512;
  for (const std::size_t segments : {std::size_t{3}, std::size_t{511}, most_segments}) {
    // Each text has a segment of its own.
    capnp::MallocMessageBuilder message{1, capnp::AllocationStrategy::FIXED_SIZE};
    auto texts = message.initRoot<capnp::AnyPointer>().initAs<capnp::List<capnp::Text>>(
        static_cast<kj::uint>(segments - 2));
    for (kj::uint i = 0; i < texts.size(); ++i)
      texts.set(i, kj::str("text ", i));
    ASSERT_EQ(message.getSegmentsForOutput().size(), segments);
    auto got = passed(message);
    const auto read = got->getRoot<capnp::AnyPointer>().getAs<capnp::List<capnp::Text>>();
    ASSERT_EQ(read.size(), texts.size());
    for (kj::uint i = 0; i < read.size(); ++i)
      ASSERT_EQ(kj::StringPtr(read[i]), kj::str("text ", i));
  }
}

using calls_of_shape = one_thread;

TEST_F(calls_of_shape, nothing_is_answered) {
  connect(kj::heap<mirror>());
  const auto response = client->bootstrap<Mirror>().shapesRequest().send().wait(loop.wait_scope());
  EXPECT_EQ(response.getShapes().getStructs().size(), 0u);
}

TEST_F(calls_of_shape, every_kind_of_list_is_answered_whether_empty_or_not) {
  connect(kj::heap<mirror>());
  for (const kj::uint size : {0u, 1u, 1000u}) {
    capnp::MallocMessageBuilder message;
    auto shapes = message.initRoot<Shapes>();
    shapes.setText(std::string(size, 't'));
    shapes.initData(size);
    shapes.initVoids(size);
    auto bits = shapes.initBits(size);
    auto numbers = shapes.initNumbers(size);
    auto texts = shapes.initTexts(size);
    auto structs = shapes.initStructs(size);
    auto lists = shapes.initLists(size);
    for (kj::uint i = 0; i < size; ++i) {
      bits.set(i, i % 3 == 0);
      numbers.set(i, ~std::uint64_t{i});
      texts.set(i, kj::str(i));
      structs[i].setText(kj::str(i));
      lists.init(i, i % 4);
    }
    auto request = client->bootstrap<Mirror>().shapesRequest();
    request.setShapes(shapes);
    const auto response = request.send().wait(loop.wait_scope());
    EXPECT_TRUE(capnp::AnyStruct::Reader{response.getShapes()} ==
                capnp::AnyStruct::Reader{shapes.asReader()})
        << size;
  }
}

TEST_F(calls_of_shape, one_call_may_be_nearly_as_large_as_the_readers_limit) {
  connect(kj::heap<mirror>());
  constexpr std::size_t bytes = limit_bytes - 4096;
  auto request = client->bootstrap<Mirror>().sizeRequest(
      capnp::MessageSize{bytes / sizeof(capnp::word) + 16, 0});
  request.initData(bytes);
  EXPECT_EQ(request.send().wait(loop.wait_scope()).getBytes(), bytes);
}

}  // namespace
}  // namespace v4v::rpc::testing
