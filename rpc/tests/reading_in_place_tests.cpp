// The message stream on v4v::stream: messages are read where the hypervisor put them.

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <gtest/gtest.h>
#include <kj/debug.h>

#include <asio/write.hpp>
#include <cstring>
#include <deque>
#include <optional>
#include <random>
#include <vector>

#include "v4v/acceptor.hpp"
#include "v4v/embedded_link.hpp"
#include "v4v/hv/embedded.hpp"
#include "v4v/rpc/message_stream.hpp"
#include "v4v/rpc/use_promise.hpp"
#include "v4v/stream.hpp"

namespace v4v::rpc {
namespace {

using reader = kj::Own<capnp::MessageReader>;
using words = std::vector<std::uint64_t>;

/// A message as its segments.
struct letter {
  explicit letter(const std::vector<std::size_t>& sizes, std::uint64_t seed = 1) {
    for (const std::size_t size : sizes) {
      words& segment = content.emplace_back(size);
      for (auto& word : segment)
        word = seed = seed * 6364136223846793005 + 1442695040888963407;
      segments.push_back({reinterpret_cast<const capnp::word*>(segment.data()), size});
    }
  }
  letter(letter&&) = default;

  [[nodiscard]] kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> all() const {
    return {segments.data(), segments.size()};
  }
  [[nodiscard]] bool is(capnp::MessageReader& other) const {
    for (std::size_t i = 0; i < content.size(); ++i) {
      const auto segment = other.getSegment(static_cast<kj::uint>(i));
      if (segment.size() != content[i].size()) return false;
      if (segment.size() != 0 && std::memcmp(segment.begin(), content[i].data(),
                                             segment.size() * sizeof(capnp::word)) != 0)
        return false;
    }
    return other.getSegment(static_cast<kj::uint>(content.size())).begin() == nullptr;
  }
  [[nodiscard]] std::size_t bytes() const {
    std::size_t n = (content.size() / 2 + 1) * 8;
    for (const auto& segment : content)
      n += segment.size() * 8;
    return n;
  }

  std::vector<words> content;
  std::vector<kj::ArrayPtr<const capnp::word>> segments;
};

struct reading_in_place : ::testing::Test {
  static constexpr std::size_t ring_size = 64 * 1024;

  void connect(std::size_t ring = ring_size) {
    v4v::acceptor acceptor{server, 5000, {.ring_size = ring}};
    v4v::stream calling{client, {.ring_size = ring}};
    auto connected = calling.async_connect({1, 5000}, use_promise);
    auto accepted = acceptor.async_accept(use_promise).wait(loop.wait_scope());
    connected.wait(loop.wait_scope());
    near.emplace(loop, std::move(accepted));
    far.emplace(loop, std::move(calling));
  }

  /// Sends them one after the other, and gives each that arrives to `keep`.
  template <class Keep>
  void exchange(const std::vector<letter>& letters, Keep keep) {
    kj::Promise<void> sent = kj::READY_NOW;
    for (const auto& each : letters)
      sent = sent.then([&] { return far->writeMessage(nullptr, each.all()); });
    sent = sent.eagerlyEvaluate([](kj::Exception&& e) { ADD_FAILURE() << kj::str(e).cStr(); });
    for (std::size_t i = 0; i < letters.size(); ++i)
      keep(i, read());
  }

  reader read() { return near->readMessage().wait(loop.wait_scope()); }

  hv::embedded hypervisor;
  asio::io_context io;
  v4v::guest server{io, v4v::embedded_link(hypervisor, 1)};
  v4v::guest client{io, v4v::embedded_link(hypervisor, 2)};
  event_loop loop{io};
  std::optional<message_stream<v4v::stream>> near, far;
};

TEST_F(reading_in_place, copies_no_byte_of_a_long_message) {
  connect();
  const letter sent{{4000}};
  auto written = far->writeMessage(nullptr, sent.all());
  reader got = read();
  EXPECT_TRUE(sent.is(*got));
  EXPECT_EQ(near->counts().in_place, 1u);
  EXPECT_EQ(near->counts().bytes_in_place, sent.bytes());
  EXPECT_EQ(near->counts().bytes_copied, 0u);
}

TEST_F(reading_in_place, copies_short_messages_many_at_once) {
  connect();
  std::vector<letter> letters;
  for (std::uint64_t i = 0; i < 20; ++i)
    letters.emplace_back(std::vector<std::size_t>{i, 3}, i);
  exchange(letters, [&](std::size_t i, reader got) { EXPECT_TRUE(letters[i].is(*got)); });
  EXPECT_EQ(near->counts().copied, 20u);
  EXPECT_EQ(near->counts().in_place, 0u);
}

TEST_F(reading_in_place, sees_every_place_of_the_ring_and_its_end) {
  connect();
  std::vector<letter> letters;
  for (std::uint64_t i = 0; i < 4200; ++i)  // 16 bytes on with each round
    letters.emplace_back(std::vector<std::size_t>{400 + 2 * (i % 5), 3}, i);
  exchange(letters, [&](std::size_t i, reader got) { ASSERT_TRUE(letters[i].is(*got)) << i; });
  EXPECT_EQ(near->counts().in_place, letters.size());
  EXPECT_EQ(near->counts().bytes_copied, 0u);
}

TEST_F(reading_in_place, of_a_small_ring_assembles_what_lies_in_two_pieces) {
  connect(8192);
  std::vector<letter> letters;
  for (std::uint64_t i = 0; i < 1000; ++i)
    letters.emplace_back(std::vector<std::size_t>{300 + i % 7}, i);
  exchange(letters, [&](std::size_t i, reader got) { ASSERT_TRUE(letters[i].is(*got)) << i; });
  EXPECT_GT(near->counts().in_place, 500u);
  EXPECT_GT(near->counts().assembled, 100u);
  EXPECT_EQ(near->counts().in_place + near->counts().assembled, 1000u);
}

TEST_F(reading_in_place, assembles_a_message_larger_than_the_ring) {
  connect();
  std::vector<letter> letters;
  for (const std::size_t size : {5 * ring_size / 8, ring_size, 3 * ring_size, 20 * ring_size})
    letters.emplace_back(std::vector<std::size_t>{size / 8, 1}, size);
  exchange(letters, [&](std::size_t i, reader got) { EXPECT_TRUE(letters[i].is(*got)); });
  EXPECT_EQ(near->counts().assembled, letters.size());
}

TEST_F(reading_in_place, takes_messages_of_more_segments_than_a_vector_can_have) {
  connect();
  std::vector<letter> letters;
  for (const std::size_t segments : {1u, 126u, 127u, 128u, 129u, 300u, 511u, 512u})
    letters.emplace_back(std::vector<std::size_t>(segments, 5), segments);
  exchange(letters, [&](std::size_t i, reader got) { EXPECT_TRUE(letters[i].is(*got)); });
}

TEST_F(reading_in_place, takes_a_batch_of_messages) {
  connect();
  std::vector<letter> letters;
  std::vector<kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>>> batch;
  for (std::uint64_t i = 0; i < 50; ++i)
    letters.emplace_back(std::vector<std::size_t>{i * 13 % 100, i % 3}, i);
  for (const auto& each : letters)
    batch.push_back(each.all());
  auto written =
      far->writeMessages(kj::arrayPtr(batch.data(), batch.size()))
          .eagerlyEvaluate([](kj::Exception&& e) { ADD_FAILURE() << kj::str(e).cStr(); });
  for (const auto& each : letters)
    EXPECT_TRUE(each.is(*read()));
  EXPECT_GT(near->counts().in_place, 40u) << "of what came with one long write";
}

TEST_F(reading_in_place, keeps_what_somebody_still_reads) {
  connect();
  std::vector<letter> letters;
  for (std::uint64_t i = 0; i < 500; ++i)
    letters.emplace_back(std::vector<std::size_t>{300 + i * 37 % 3000, 2}, i);
  std::deque<std::pair<std::size_t, reader>> held;
  std::mt19937 random{1};
  exchange(letters, [&](std::size_t i, reader got) {
    held.emplace_back(i, kj::mv(got));
    if (held.size() <= 30) return;
    const auto old = held.begin() + static_cast<std::ptrdiff_t>(random() % 30);
    ASSERT_TRUE(letters[old->first].is(*old->second));
    held.erase(old);
  });
  near.reset();
  far.reset();
  for (auto& [i, got] : held)
    EXPECT_TRUE(letters[i].is(*got)) << i << ", after the stream";
}

TEST_F(reading_in_place, does_not_depend_on_where_the_peer_cuts) {
  connect();
  std::vector<letter> letters;
  std::string bytes;
  std::mt19937 random{7};
  for (std::uint64_t i = 0; i < 300; ++i) {
    letters.emplace_back(std::vector<std::size_t>{random() % 900, random() % 30}, i);
    const auto flat = capnp::messageToFlatArray(letters.back().all());
    bytes.append(flat.asChars().begin(), flat.asChars().size());
  }
  auto& raw = far->next_layer();
  kj::Promise<void> sent = kj::READY_NOW;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t n = std::min<std::size_t>(bytes.size() - at, 1 + random() % 9000);
    sent = sent.then([&raw, &bytes, at, n] {
      return asio::async_write(raw, asio::buffer(bytes.data() + at, n), use_promise).ignoreResult();
    });
    at += n;
  }
  sent = sent.eagerlyEvaluate([](kj::Exception&& e) { ADD_FAILURE() << kj::str(e).cStr(); });
  for (const auto& each : letters)
    ASSERT_TRUE(each.is(*read()));
  EXPECT_GT(near->counts().in_place, 0u);
  EXPECT_GT(near->counts().assembled, 0u);
}

TEST_F(reading_in_place, lets_a_writer_wait_for_a_reader_that_holds_nothing) {
  connect();
  const letter each{{2000}};
  std::size_t written = 0;
  kj::Promise<void> sent = kj::READY_NOW;
  for (int i = 0; i < 100; ++i)
    sent =
        sent.then([&] { return far->writeMessage(nullptr, each.all()); }).then([&] { ++written; });
  sent = sent.eagerlyEvaluate(nullptr);
  loop.wait_scope().poll();
  EXPECT_LT(written, ring_size / each.bytes() + 1) << "no more than fits";
  for (int i = 0; i < 100; ++i)
    EXPECT_TRUE(each.is(*read()));
  sent.wait(loop.wait_scope());
}

TEST_F(reading_in_place, refuses_a_long_message_over_the_limit_before_reading_it) {
  connect();
  const letter large{{5000}};
  auto written = far->writeMessage(nullptr, large.all());
  capnp::ReaderOptions limited;
  limited.traversalLimitInWords = 4999;
  EXPECT_THROW(near->readMessage(limited).wait(loop.wait_scope()), kj::Exception);
}

TEST_F(reading_in_place, tells_how_much_the_peers_ring_takes) {
  connect();
  EXPECT_EQ(KJ_ASSERT_NONNULL(far->getSendBufferSize()), static_cast<int>(ring_size - 32));
}

}  // namespace
}  // namespace v4v::rpc
