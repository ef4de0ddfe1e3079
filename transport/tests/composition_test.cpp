// What is built on Asio's streams works on ours.

#include <string>

#include <asio/buffered_stream.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read_until.hpp>
#include <asio/steady_timer.hpp>

#include "two_domains.hpp"

namespace v4v::test {
namespace {

// ---- Asio's requirements, in its documentation's words

template <class T>
concept sync_read_stream = requires(T& t, asio::mutable_buffer b, std::error_code& ec) {
  { t.read_some(b) } -> std::same_as<std::size_t>;
  { t.read_some(b, ec) } -> std::same_as<std::size_t>;
};
template <class T>
concept sync_write_stream = requires(T& t, asio::const_buffer b, std::error_code& ec) {
  { t.write_some(b) } -> std::same_as<std::size_t>;
  { t.write_some(b, ec) } -> std::same_as<std::size_t>;
};
using handler = void (*)(std::error_code, std::size_t);
template <class T>
concept async_read_stream = requires(T& t, asio::mutable_buffer b, handler h) {
  typename T::executor_type;
  { t.get_executor() } -> std::same_as<typename T::executor_type>;
  t.async_read_some(b, h);
};
template <class T>
concept async_write_stream = requires(T& t, asio::const_buffer b, handler h) {
  typename T::executor_type;
  { t.get_executor() } -> std::same_as<typename T::executor_type>;
  t.async_write_some(b, h);
};
template <class T>
concept all_of_them =
    sync_read_stream<T> && sync_write_stream<T> && async_read_stream<T> && async_write_stream<T>;

static_assert(all_of_them<stream>);
static_assert(all_of_them<basic_stream<asio::io_context::executor_type>>);
static_assert(std::is_nothrow_move_constructible_v<stream>);
static_assert(std::is_nothrow_move_assignable_v<stream>);
static_assert(!std::is_copy_constructible_v<stream>);
static_assert(std::is_nothrow_move_constructible_v<acceptor>);
static_assert(!std::is_copy_constructible_v<acceptor>);
static_assert(
    std::is_same_v<stream::rebind_executor<asio::io_context::executor_type>::other::executor_type,
                   asio::io_context::executor_type>);
static_assert(std::is_same_v<stream::lowest_layer_type, stream>);

class composition : public two_domains {};

TEST_F(composition, a_line_protocol_with_read_until) {
  auto [near, far] = connected();
  spawn([&near = near]() -> awaitable<void> {
    std::string buffer;
    for (std::string all;;) {
      const auto n = co_await asio::async_read_until(near, asio::dynamic_buffer(buffer), "\r\n",
                                                     use_awaitable);
      const std::string line = buffer.substr(0, n - 2);
      buffer.erase(0, n);
      if (line == "sum") {
        co_await asio::async_write(near, asio::buffer(all + "\r\n"), use_awaitable);
        co_return;
      }
      all += line + ";";
    }
  });
  std::string answer;
  spawn([&far = far, &answer]() -> awaitable<void> {
    // Lines that do not end where writes do.
    for (const std::string part : {"one\r", "\ntw", "o\r\nthree\r\ns", "um\r\n"})
      co_await asio::async_write(far, asio::buffer(part), use_awaitable);
    co_await asio::async_read_until(far, asio::dynamic_buffer(answer), "\r\n", use_awaitable);
  });
  io.run();
  EXPECT_EQ(answer, "one;two;three;\r\n");
}

TEST_F(composition, awaitable_operators_run_both_directions_and_race) {
  using namespace asio::experimental::awaitable_operators;
  auto [near, far] = connected();
  bool late = false;
  std::string got(5, '\0');
  spawn([&near = near, &got, &late]() -> awaitable<void> {
    asio::steady_timer timer(near.get_executor(), std::chrono::hours{1});
    // Both at once...
    co_await (asio::async_read(near, asio::buffer(got), use_awaitable) &&
              asio::async_write(near, asio::buffer("hello", 5), use_awaitable));
    // ... and whichever is first: the timer, and the read takes nothing.
    timer.expires_after(std::chrono::milliseconds{1});
    char byte = 0;
    const auto first = co_await (timer.async_wait(use_awaitable) ||
                                 near.async_read_some(asio::buffer(&byte, 1), use_awaitable));
    late = first.index() == 0;
  });
  std::string answer(5, '\0');
  spawn([&far = far, &answer]() -> awaitable<void> {
    co_await asio::async_write(far, asio::buffer("there", 5), use_awaitable);
    co_await asio::async_read(far, asio::buffer(answer), use_awaitable);
  });
  io.run();
  EXPECT_EQ(got, "there");
  EXPECT_EQ(answer, "hello");
  EXPECT_TRUE(late);
}

TEST_F(composition, a_buffered_stream_around_one_of_ours) {
  auto [near, far] = connected();
  asio::buffered_stream<stream&> buffered(near, 1024, 1024);
  std::string got(10, '\0');
  spawn([&]() -> awaitable<void> {
    for (const char c : std::string("0123456789"))
      co_await asio::async_write(buffered, asio::buffer(&c, 1), use_awaitable);
    co_await buffered.async_flush(use_awaitable);
  });
  spawn([&far = far, &got]() -> awaitable<void> {
    co_await asio::async_read(far, asio::buffer(got), use_awaitable);
  });
  io.run();
  EXPECT_EQ(got, "0123456789");
}

// From any stream to any other, with the end of one direction passed on.
template <class From, class To>
awaitable<void> relay(From& from, To& to) {
  std::array<char, 4096> bytes;
  for (;;) {
    const auto [ec, n] = co_await from.async_read_some(asio::buffer(bytes), no_throw);
    if (ec == asio::error::eof) {
      to.shutdown(asio::socket_base::shutdown_send);
      co_return;
    }
    if (ec) throw std::system_error(ec);
    co_await asio::async_write(to, asio::buffer(bytes, n), use_awaitable);
  }
}

TEST_F(composition, a_relay_between_tcp_and_a_stream_is_one_template_for_both_directions) {
  using asio::ip::tcp;
  tcp::acceptor outside(io, {asio::ip::address_v4::loopback(), 0});
  tcp::socket visitor(io);
  visitor.connect(outside.local_endpoint());
  tcp::socket door = outside.accept();
  auto [near, far] = connected();

  spawn([&, &far = far]() -> awaitable<void> { co_await relay(door, far); });
  spawn([&, &far = far]() -> awaitable<void> { co_await relay(far, door); });
  // The service answers when it has heard all, which only a half-closed connection can tell.
  spawn([&near = near]() -> awaitable<void> {
    std::string all(1'000'000, '\0');
    const auto [ec, n] = co_await asio::async_read(near, asio::buffer(all), no_throw);
    EXPECT_EQ(ec, asio::error::eof);
    co_await asio::async_write(near, asio::buffer(std::to_string(n)), use_awaitable);
    near.shutdown(asio::socket_base::shutdown_send);
  });
  std::string answer(100, '\0');
  spawn([&]() -> awaitable<void> {
    const std::string data = pattern(300'000);
    co_await asio::async_write(visitor, asio::buffer(data), use_awaitable);
    visitor.shutdown(tcp::socket::shutdown_send);
    const auto [ec, n] = co_await asio::async_read(visitor, asio::buffer(answer), no_throw);
    EXPECT_EQ(ec, asio::error::eof);
    answer.resize(n);
  });
  io.run();
  EXPECT_EQ(answer, "300000");
}

}  // namespace
}  // namespace v4v::test
