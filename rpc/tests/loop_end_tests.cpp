// The event loop is destroyed at any moment, whatever is pending.

#include <gtest/gtest.h>

#include <array>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/local/connect_pair.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/post.hpp>
#include <asio/write.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "v4v/rpc/await.hpp"
#include "v4v/rpc/event_loop.hpp"
#include "v4v/rpc/use_promise.hpp"

namespace v4v::rpc {
namespace {

/// A program that uses all there is of a loop, and holds on to `witness` wherever it can. What it
/// holds itself is destroyed before the loop, as it must be; what it left to Asio comes after it.
class busy_program {
  using socket = asio::local::stream_protocol::socket;

 public:
  busy_program(asio::io_context& io, std::shared_ptr<int> witness)
      : io_{io}, witness_{std::move(witness)}, near_{io} {
    asio::local::connect_pair(near_, *far_);
    keep(echo());
    keep(ticks(5));
    keep(asio::co_spawn(io_, awaits(io_, far_, witness_, 3), use_promise));
    asio::co_spawn(io_, awaits(io_, far_, witness_, 3), asio::detached);
    loop_.timer().afterDelay(1 * kj::HOURS).attach(kj::cp(witness_)).detach([](kj::Exception&&) {});
    keep(kj::evalLast([] {}).then([this] { return ticks(3); }));
  }

 private:
  void keep(kj::Promise<void>&& promise) {
    kept_.push_back(promise.attach(kj::cp(witness_)).eagerlyEvaluate([](kj::Exception&&) {}));
  }

  kj::Promise<void> ticks(int n) {
    if (n == 0) return kj::Promise<void>{kj::NEVER_DONE};
    return loop_.timer().afterDelay(10 * kj::MICROSECONDS).then([this, n] { return ticks(n - 1); });
  }

  kj::Promise<void> echo() {
    auto memory = std::make_shared<std::array<char, 16>>();
    const auto where = asio::buffer(*memory);
    auto write = asio::async_write(*far_, asio::buffer("ping", 4), use_promise);
    auto read = near_.async_read_some(where, use_promise.attach(std::move(memory), witness_));
    return write.then([read = kj::mv(read)](std::size_t) mutable { return kj::mv(read); })
        .then([this](std::size_t) { return echo(); });
  }

  // May go on, or only begin, when the program is gone.
  static asio::awaitable<void> awaits(asio::io_context& io, std::shared_ptr<socket> far,
                                      std::shared_ptr<int> held, int depth) {
    if (depth == 0) {
      std::array<char, 16> unused;
      co_await await(far->async_read_some(asio::buffer(unused), use_promise.attach(held)));
    } else {
      co_await await(kj::evalLater([] {}));
      co_await await(asio::co_spawn(io, awaits(io, far, held, depth - 1), use_promise));
    }
  }

  asio::io_context& io_;
  std::shared_ptr<int> witness_;
  event_loop loop_{io_};
  socket near_;
  std::shared_ptr<socket> far_ = std::make_shared<socket>(io_);
  std::vector<kj::Promise<void>> kept_;
};

/// After this many handlers.
struct loop_end : testing::TestWithParam<int> {
  void poll(asio::io_context& io) const {
    for (int i = 0; i < GetParam(); ++i) {
      if (io.stopped()) io.restart();
      io.poll_one();
    }
  }
};

TEST_P(loop_end, nothing_is_left_when_the_loop_and_then_the_io_context_are_destroyed) {
  auto witness = std::make_shared<int>();
  {
    asio::io_context io;
    const busy_program program{io, witness};
    poll(io);
  }
  EXPECT_EQ(witness.use_count(), 1);
}

TEST_P(loop_end, nothing_is_left_when_the_io_context_runs_to_its_end_without_the_loop) {
  auto witness = std::make_shared<int>();
  asio::io_context io;
  {
    const busy_program program{io, witness};
    poll(io);
  }
  io.restart();
  io.run();
  EXPECT_EQ(witness.use_count(), 1);
}

TEST_P(loop_end, a_handler_may_destroy_the_loop_that_its_io_context_drives) {
  auto witness = std::make_shared<int>();
  asio::io_context io;
  auto program = std::make_optional<busy_program>(io, witness);
  poll(io);
  asio::post(io, [&] { program.reset(); });
  io.restart();
  io.run();
  EXPECT_EQ(witness.use_count(), 1);
}

INSTANTIATE_TEST_SUITE_P(after_handlers, loop_end, testing::Range(0, 40));

TEST(loop_again, a_thread_may_have_one_loop_after_another_on_the_same_io_context) {
  asio::io_context io;
  for (int i = 0; i < 3; ++i) {
    event_loop loop{io};
    auto left_over = kj::evalLater([] {}).eagerlyEvaluate(nullptr);
    EXPECT_EQ(loop.timer()
                  .afterDelay(1 * kj::MICROSECONDS)
                  .then([i] { return i; })
                  .wait(loop.wait_scope()),
              i);
  }
}

}  // namespace
}  // namespace v4v::rpc
