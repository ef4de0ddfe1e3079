// What a message stream writes is, byte for byte, what Cap'n Proto writes.

#include <capnp/serialize-async.h>
#include <capnp/serialize.h>
#include <gtest/gtest.h>
#include <kj/async-io.h>
#include <kj/io.h>

#include <asio/local/connect_pair.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <string>
#include <vector>

#include "echo.capnp.h"
#include "v4v/rpc/message_stream.hpp"
#include "v4v/rpc/use_promise.hpp"

namespace v4v::rpc::testing {
namespace {

using socket = asio::local::stream_protocol::socket;
using bytes = std::string;

class the_bytes_of_a_message : public ::testing::Test {
 protected:
  the_bytes_of_a_message() { asio::local::connect_pair(ours.next_layer(), other); }

  static bytes written_by_capnp(const std::vector<capnp::MessageBuilder*>& messages) {
    kj::VectorOutputStream out;
    for (auto* message : messages)
      capnp::writeMessage(out, *message);
    const auto all = out.getArray().asChars();
    return {all.begin(), all.size()};
  }

  bytes written_by_us(std::vector<capnp::MessageBuilder*> messages, std::size_t expected) {
    auto writing = messages.size() == 1
                       ? ours.writeMessage(*messages.front())
                       : ours.writeMessages(kj::arrayPtr(messages.data(), messages.size()));
    bytes read(expected, '\0');
    auto reading = asio::async_read(other, asio::buffer(read), use_promise);
    writing.wait(loop.wait_scope());
    reading.wait(loop.wait_scope());
    EXPECT_EQ(other.available(), 0u) << "no byte more";
    return read;
  }

  void expect_the_same(const std::vector<capnp::MessageBuilder*>& messages) {
    const auto expected = written_by_capnp(messages);
    EXPECT_TRUE(written_by_us(messages, expected.size()) == expected);
  }

  asio::io_context io;
  event_loop loop{io};
  message_stream<socket> ours{loop, socket{io}};
  socket other{io};
};

/// A letter with so many pieces, each in a segment of its own if `spread`.
kj::Own<capnp::MessageBuilder> letter(kj::uint pieces, kj::uint piece_bytes, bool spread) {
  auto message =
      spread ? kj::heap<capnp::MallocMessageBuilder>(1u, capnp::AllocationStrategy::FIXED_SIZE)
             : kj::heap<capnp::MallocMessageBuilder>();
  auto root = message->initRoot<Letter>();
  root.setText("the same");
  auto list = root.initPieces(pieces);
  for (kj::uint i = 0; i < pieces; ++i) {
    for (auto& each : list.init(i, piece_bytes))
      each = static_cast<kj::byte>(i + 1);
  }
  return message;
}

TEST_F(the_bytes_of_a_message, of_one_segment_are_those_of_capnp) {
  for (const kj::uint size : {0u, 1u, 7u, 8u, 4000u, 100'000u})
    expect_the_same({letter(1, size, false).get()});
}

TEST_F(the_bytes_of_a_message, of_any_number_of_segments_are_those_of_capnp) {
  for (kj::uint pieces = 0; pieces < 500; pieces += pieces < 10 ? 1 : 49)
    expect_the_same({letter(pieces, 16, true).get()});
}

TEST_F(the_bytes_of_a_message, of_several_mebibytes_are_those_of_capnp) {
  expect_the_same({letter(3, 1 << 20, false).get()});
  expect_the_same({letter(3, 1 << 20, true).get()});
}

TEST_F(the_bytes_of_a_message, among_many_written_at_once_are_those_of_capnp) {
  std::vector<kj::Own<capnp::MessageBuilder>> messages;
  std::vector<capnp::MessageBuilder*> all;
  for (kj::uint i = 0; i < 50; ++i) {
    messages.push_back(letter(i % 7, i, i % 2 == 0));
    all.push_back(messages.back().get());
  }
  expect_the_same(all);
}

TEST_F(the_bytes_of_a_message, that_capnp_wrote_are_read_in_place_of_ours) {
  std::vector<kj::Own<capnp::MessageBuilder>> messages;
  std::vector<capnp::MessageBuilder*> all;
  for (kj::uint i = 0; i < 50; ++i) {
    messages.push_back(letter(i % 7, i, i % 2 == 0));
    all.push_back(messages.back().get());
  }
  asio::write(other, asio::buffer(written_by_capnp(all)));
  for (auto* expected : all) {
    auto got = ours.readMessage().wait(loop.wait_scope());
    const auto segments = expected->getSegmentsForOutput();
    for (kj::uint id = 0; id < segments.size(); ++id)
      EXPECT_TRUE(got->getSegment(id).asBytes() == segments[id].asBytes());
    EXPECT_TRUE(got->getSegment(static_cast<kj::uint>(segments.size())) == nullptr);
  }
}

}  // namespace
}  // namespace v4v::rpc::testing
