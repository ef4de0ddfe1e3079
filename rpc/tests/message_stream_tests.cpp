#include "v4v/rpc/message_stream.hpp"

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <gtest/gtest.h>
#include <kj/debug.h>

#include <asio/local/connect_pair.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <cstdint>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "echo.capnp.h"
#include "v4v/rpc/error.hpp"

namespace v4v::rpc {
namespace {

using socket = asio::local::stream_protocol::socket;
using testing::Letter;
using reader = kj::Own<capnp::MessageReader>;

struct message_stream_test : ::testing::Test {
  message_stream_test() { asio::local::connect_pair(near.next_layer(), far.next_layer()); }

  /// Writes these bytes to the stream `near` as a peer who need not keep to any framing.
  void raw(const void* bytes, std::size_t size) {
    asio::write(far.next_layer(), asio::buffer(bytes, size));
  }
  void raw(const std::vector<std::uint32_t>& entries) { raw(entries.data(), entries.size() * 4); }

  kj::Maybe<reader> read(capnp::ReaderOptions options = {}) {
    return near.tryReadMessage(options).wait(loop.wait_scope());
  }

  kj::Exception read_failure(capnp::ReaderOptions options = {}) {
    return failure_of(near.tryReadMessage(options));
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
  message_stream<socket> near{loop, socket{io}}, far{loop, socket{io}};
};

/// A letter of so many segments, of one data each.
void write_letter(capnp::MessageBuilder& message, const std::string& text, kj::uint pieces = 0,
                  std::size_t piece_size = 8) {
  auto letter = message.initRoot<Letter>();
  letter.setText(text);
  auto list = letter.initPieces(pieces);
  for (kj::uint i = 0; i < pieces; ++i) {
    std::memset(list.init(i, static_cast<kj::uint>(piece_size)).begin(), static_cast<int>(i),
                piece_size);
  }
}

/// A builder each of whose allocations is a segment.
class one_object_a_segment final : public capnp::MallocMessageBuilder {
 public:
  one_object_a_segment() : capnp::MallocMessageBuilder{1, capnp::AllocationStrategy::FIXED_SIZE} {}
};

std::string text_of(const kj::Exception& e) { return e.getDescription().cStr(); }

TEST_F(message_stream_test, a_message_arrives) {
  capnp::MallocMessageBuilder message;
  write_letter(message, "hello");
  far.writeMessage(message).wait(loop.wait_scope());
  auto got = KJ_ASSERT_NONNULL(read());
  EXPECT_STREQ(got->getRoot<Letter>().getText().cStr(), "hello");
}

TEST_F(message_stream_test, messages_of_every_number_of_segments_arrive) {
  for (kj::uint pieces = 0; pieces < 40; ++pieces) {
    one_object_a_segment message;
    write_letter(message, "many", pieces);
    EXPECT_GE(message.getSegmentsForOutput().size(), pieces + 1);
    far.writeMessage(message).wait(loop.wait_scope());
    auto got = KJ_ASSERT_NONNULL(read());
    const auto list = got->getRoot<Letter>().getPieces();
    ASSERT_EQ(list.size(), pieces);
    for (kj::uint i = 0; i < pieces; ++i)
      EXPECT_EQ(list[i][7], i);
  }
}

TEST_F(message_stream_test, an_empty_message_arrives) {
  const kj::ArrayPtr<const capnp::word> segment = nullptr;
  far.writeMessage(kj::arrayPtr(&segment, 1)).wait(loop.wait_scope());
  auto got = KJ_ASSERT_NONNULL(read());
  EXPECT_EQ(got->getSegment(0).size(), 0u);
}

TEST_F(message_stream_test, messages_of_several_mebibytes_arrive_whole) {
  for (const std::size_t size : {1u << 20, 5u << 20}) {
    capnp::MallocMessageBuilder message;
    write_letter(message, "large", 3, size);
    auto writing = far.writeMessage(message);
    auto got = KJ_ASSERT_NONNULL(read());
    writing.wait(loop.wait_scope());
    const auto list = got->getRoot<Letter>().getPieces();
    ASSERT_EQ(list.size(), 3u);
    EXPECT_EQ(list[2].size(), size);
    EXPECT_EQ(list[2][size - 1], 2);
  }
}

TEST_F(message_stream_test, many_messages_written_at_once_arrive_in_order) {
  std::vector<kj::Own<capnp::MallocMessageBuilder>> messages;
  std::vector<capnp::MessageBuilder*> builders;
  for (int i = 0; i < 100; ++i) {  // more buffers than a socket takes in one call
    messages.push_back(kj::heap<capnp::MallocMessageBuilder>());
    write_letter(*messages.back(), std::to_string(i));
    builders.push_back(messages.back().get());
  }
  auto writing =
      far.writeMessages(kj::arrayPtr(builders.data(), builders.size())).eagerlyEvaluate(nullptr);
  std::vector<reader> kept;
  for (int i = 0; i < 100; ++i)
    kept.push_back(KJ_ASSERT_NONNULL(read()));
  writing.wait(loop.wait_scope());
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_STREQ(kept[i]->getRoot<Letter>().getText().cStr(), std::to_string(i).c_str());
  }
}

TEST_F(message_stream_test, a_message_delivered_byte_by_byte_arrives) {
  capnp::MallocMessageBuilder message;
  write_letter(message, "slowly", 3);
  const auto words = capnp::messageToFlatArray(message);
  auto reading = near.tryReadMessage(capnp::ReaderOptions{}).eagerlyEvaluate(nullptr);
  for (const auto& byte : words.asBytes()) {
    EXPECT_FALSE(reading.poll(loop.wait_scope()));
    raw(&byte, 1);
  }
  auto got = KJ_ASSERT_NONNULL(reading.wait(loop.wait_scope()));
  EXPECT_STREQ(got->getRoot<Letter>().getText().cStr(), "slowly");
}

TEST_F(message_stream_test, end_of_file_between_messages_is_null) {
  capnp::MallocMessageBuilder message;
  write_letter(message, "last");
  far.writeMessage(message).wait(loop.wait_scope());
  far.next_layer().close();
  EXPECT_TRUE(read() != nullptr);
  EXPECT_TRUE(read() == nullptr);
  EXPECT_TRUE(read() == nullptr) << "and it stays so";
}

TEST_F(message_stream_test, end_of_file_at_each_byte_inside_a_message_is_a_premature_one) {
  capnp::MallocMessageBuilder message;
  write_letter(message, "cut", 2);
  const auto words = capnp::messageToFlatArray(message);
  for (std::size_t cut = 1; cut < words.asBytes().size(); ++cut) {
    socket a{io}, b{io};
    asio::local::connect_pair(a, b);
    message_stream<socket> stream{loop, std::move(a)};
    asio::write(b, asio::buffer(words.begin(), cut));
    b.close();
    const auto e = failure_of(stream.tryReadMessage(capnp::ReaderOptions{}));
    EXPECT_EQ(e.getType(), kj::Exception::Type::DISCONNECTED);
    EXPECT_NE(text_of(e).find("premature EOF"), std::string::npos);
  }
}

TEST_F(message_stream_test, a_reset_is_disconnected) {
  capnp::MallocMessageBuilder message;
  write_letter(message, "unread");
  near.writeMessage(message).wait(loop.wait_scope());
  far.next_layer().close();  // with something unread: a reset
  const auto e = read_failure();
  EXPECT_EQ(e.getType(), kj::Exception::Type::DISCONNECTED);
  EXPECT_EQ(text_of(e), "reading a message: Connection reset by peer (asio.system 104)");
  EXPECT_EQ(read_failure().getType(), kj::Exception::Type::DISCONNECTED) << "and it stays so";
}

TEST_F(message_stream_test, a_write_to_a_closed_peer_is_disconnected_and_so_are_all_later_ones) {
  far.next_layer().close();
  capnp::MallocMessageBuilder message;
  write_letter(message, "too late");
  for (int i = 0; i < 2; ++i) {
    const auto e = failure_of(near.writeMessage(message));
    EXPECT_EQ(e.getType(), kj::Exception::Type::DISCONNECTED);
    EXPECT_EQ(text_of(e), "writing a message: Broken pipe (asio.system 32)");
  }
}

TEST_F(message_stream_test, hostile_framing_is_refused_and_nothing_is_read_after_it) {
  raw({0xFFFFFFFF, 0xFFFFFFFF, 0, 0});
  for (int i = 0; i < 2; ++i) {
    const auto e = read_failure();
    EXPECT_EQ(e.getType(), kj::Exception::Type::FAILED);
    EXPECT_NE(text_of(e).find("too many segments"), std::string::npos);
  }
}

TEST_F(message_stream_test, a_message_over_the_readers_limit_is_refused_before_its_body_comes) {
  capnp::ReaderOptions options;
  options.traversalLimitInWords = 1000;
  raw({0, 1001});
  const auto e = read_failure(options);
  EXPECT_EQ(e.getType(), kj::Exception::Type::OVERLOADED);
  EXPECT_EQ(text_of(e), "a message of 1001 words is over the receiver's limit of 1000");
}

TEST_F(message_stream_test, two_reads_at_once_are_refused_and_so_are_two_writes) {
  auto first = near.tryReadMessage(capnp::ReaderOptions{}).eagerlyEvaluate(nullptr);
  EXPECT_NE(text_of(read_failure()).find("already being read"), std::string::npos);

  capnp::MallocMessageBuilder message;
  write_letter(message, "much", 1, 4 << 20);
  auto writing = near.writeMessage(message);
  EXPECT_NE(text_of(failure_of(near.writeMessage(message))).find("already being written"),
            std::string::npos);
}

TEST_F(message_stream_test, a_dropped_read_loses_no_bytes) {
  capnp::MallocMessageBuilder message;
  write_letter(message, "kept", 4);
  const auto words = capnp::messageToFlatArray(message);
  const std::size_t half = words.asBytes().size() / 2;
  for (int round = 0; round < 3; ++round) {
    {
      auto dropped = near.tryReadMessage(capnp::ReaderOptions{}).eagerlyEvaluate(nullptr);
      raw(words.begin(), half);
      if (round > 0) {
        EXPECT_FALSE(dropped.poll(loop.wait_scope()));
      }
      if (round > 1) io.poll();
    }
    raw(words.asBytes().begin() + half, words.asBytes().size() - half);
    auto got = KJ_ASSERT_NONNULL(read());
    EXPECT_STREQ(got->getRoot<Letter>().getText().cStr(), "kept");
  }
}

TEST_F(message_stream_test, a_write_dropped_halfway_makes_the_stream_unusable_for_writing) {
  {
    capnp::MallocMessageBuilder message;
    write_letter(message, "much", 1, 4 << 20);
    auto dropped = near.writeMessage(message).eagerlyEvaluate(nullptr);
    EXPECT_FALSE(dropped.poll(loop.wait_scope()));
  }
  io.poll();
  capnp::MallocMessageBuilder next;
  write_letter(next, "next");
  EXPECT_NE(text_of(failure_of(near.writeMessage(next))).find("dropped inside a message"),
            std::string::npos);
}

TEST_F(message_stream_test, a_write_dropped_before_it_began_does_no_harm) {
  const std::vector<char> filler(4 << 20);
  near.next_layer().non_blocking(true);
  std::error_code full;
  std::size_t filled = 0;
  while (!full)
    filled += near.next_layer().write_some(asio::buffer(filler), full);
  capnp::MallocMessageBuilder message;
  write_letter(message, "next");
  { auto dropped = near.writeMessage(message).eagerlyEvaluate(nullptr); }
  io.poll();
  io.restart();
  auto writing = near.writeMessage(message).eagerlyEvaluate(nullptr);
  std::vector<char> sink(filled);
  asio::read(far.next_layer(), asio::buffer(sink));
  writing.wait(loop.wait_scope());
  auto got = KJ_ASSERT_NONNULL(far.tryReadMessage(capnp::ReaderOptions{}).wait(loop.wait_scope()));
  EXPECT_STREQ(got->getRoot<Letter>().getText().cStr(), "next");
}

TEST_F(message_stream_test, end_lets_the_peer_read_to_the_end_while_the_other_direction_goes_on) {
  far.end().wait(loop.wait_scope());
  EXPECT_TRUE(read() == nullptr);
  capnp::MallocMessageBuilder message;
  write_letter(message, "still");
  near.writeMessage(message).wait(loop.wait_scope());
  EXPECT_TRUE(far.tryReadMessage(capnp::ReaderOptions{}).wait(loop.wait_scope()) != nullptr);
}

TEST_F(message_stream_test, a_message_with_file_descriptors_is_refused) {
  capnp::MallocMessageBuilder message;
  write_letter(message, "descriptor");
  const int fd = 0;
  const auto e = failure_of(near.writeMessage(kj::arrayPtr(&fd, 1), message));
  EXPECT_EQ(e.getType(), kj::Exception::Type::UNIMPLEMENTED);
}

TEST_F(message_stream_test, the_send_buffer_size_is_that_of_the_socket) {
  asio::socket_base::send_buffer_size size;
  near.next_layer().get_option(size);
  EXPECT_EQ(KJ_ASSERT_NONNULL(near.getSendBufferSize()), size.value());
}

TEST_F(message_stream_test, a_stream_of_another_io_context_is_refused) {
  asio::io_context other;
  EXPECT_THROW((message_stream<socket>{loop, socket{other}}), kj::Exception);
}

TEST_F(message_stream_test, it_can_use_a_stream_without_owning_it) {
  socket a{io}, b{io};
  asio::local::connect_pair(a, b);
  {
    message_stream<socket&> borrowed{loop, a};
    auto reading = borrowed.tryReadMessage(capnp::ReaderOptions{});
    EXPECT_FALSE(reading.poll(loop.wait_scope()));
  }
  EXPECT_TRUE(a.is_open());
}

TEST_F(message_stream_test, a_promise_that_outlives_the_stream_fails) {
  kj::Promise<kj::Maybe<reader>> reading = nullptr;
  kj::Promise<void> writing = nullptr;
  capnp::MallocMessageBuilder message;
  write_letter(message, "much", 1, 4 << 20);
  socket a{io}, b{io};
  asio::local::connect_pair(a, b);
  {
    message_stream<socket> stream{loop, std::move(a)};
    reading = stream.tryReadMessage(capnp::ReaderOptions{});
    writing = stream.writeMessage(message);
    loop.wait_scope().poll();
  }
  EXPECT_NE(text_of(failure_of(kj::mv(reading))).find("destroyed"), std::string::npos);
  EXPECT_NE(text_of(failure_of(kj::mv(writing))).find("destroyed"), std::string::npos);
}

TEST_F(message_stream_test, operations_that_are_pending_at_the_end_of_everything_leave_nothing) {
  asio::io_context other;
  socket a{other}, b{other};
  asio::local::connect_pair(a, b);
  std::thread{[&] {
    event_loop own{other};
    message_stream<socket> stream{own, std::move(a)};
    auto reading = stream.tryReadMessage(capnp::ReaderOptions{}).eagerlyEvaluate(nullptr);
    EXPECT_FALSE(reading.poll(own.wait_scope()));
  }}.join();
}

}  // namespace
}  // namespace v4v::rpc
