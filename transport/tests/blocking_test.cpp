// The calls that are not asynchronous: they wait, or say that they would.

#include <string>
#include <thread>

#include <asio/read_until.hpp>

#include "two_domains.hpp"

namespace v4v::test {
namespace {

class blocking : public two_domains {};

TEST_F(blocking, calls_need_nobody_to_run_the_io_context) {
  acceptor a(server, service.port());
  std::string got(5, '\0');
  std::thread serves([&] {
    stream s = a.accept();
    EXPECT_EQ(asio::read(s, asio::buffer(got)), 5u);
    EXPECT_EQ(asio::write(s, asio::buffer(std::string("and back"))), 8u);
  });
  stream s(client);
  s.connect(service);
  EXPECT_EQ(s.remote_endpoint(), service);
  EXPECT_EQ(asio::write(s, asio::buffer(std::string("there"))), 5u);
  std::string back(8, '\0');
  asio::read(s, asio::buffer(back));
  serves.join();
  EXPECT_EQ(got, "there");
  EXPECT_EQ(back, "and back");
  std::error_code ec;
  EXPECT_EQ(s.read_some(asio::buffer(back), ec), 0u);
  EXPECT_EQ(ec, asio::error::eof);
  EXPECT_THROW(s.read_some(asio::buffer(back)), std::system_error);
}

// Work that ends is what stops an io_context, also one that has not run yet.
TEST_F(blocking, calls_do_not_stop_an_io_context_before_it_runs) {
  asio::io_context other_io;
  guest other(other_io, embedded_link(hypervisor, 3));
  acceptor a(other, 5000);
  std::thread serves([&] {
    stream s = a.accept();
    asio::write(s, asio::buffer("hello", 5));
  });
  stream s(client);
  s.connect({3, 5000});
  char bytes[5];
  asio::read(s, asio::buffer(bytes));
  serves.join();
  EXPECT_FALSE(io.stopped());
  EXPECT_FALSE(other_io.stopped());
  bool has_run = false;
  asio::post(io, [&] { has_run = true; });
  io.run();
  EXPECT_TRUE(has_run);
}

TEST_F(blocking, a_thread_moves_far_more_than_a_ring_holds) {
  const std::string data = pattern(3'000'000);
  std::string got(data.size(), '\0');
  acceptor a(server, service.port(), {16 * 1024});
  std::thread serves([&] {
    stream s = a.accept();
    asio::read(s, asio::buffer(got));
  });
  stream s(client);
  s.connect(service);
  asio::write(s, asio::buffer(data));
  serves.join();
  EXPECT_TRUE(got == data);
}

TEST_F(blocking, and_asynchronous_ends_may_talk_to_each_other) {
  acceptor a(server, service.port());
  spawn([&]() -> awaitable<void> {
    stream s = co_await a.async_accept(use_awaitable);
    std::string line;
    for (;;) {
      const auto [ec, n] =
          co_await asio::async_read_until(s, asio::dynamic_buffer(line), '\n', no_throw);
      if (ec) co_return;
      co_await asio::async_write(s, asio::buffer(line, n), use_awaitable);
      line.erase(0, n);
    }
  });
  std::thread runs([&] { io.run(); });
  {
    stream s(client);
    s.connect(service);
    std::string line;
    for (int i = 0; i < 1000; ++i) {
      asio::write(s, asio::buffer("ping " + std::to_string(i) + "\n"));
      const auto n = asio::read_until(s, asio::dynamic_buffer(line), '\n');
      ASSERT_EQ(line.substr(0, n), "ping " + std::to_string(i) + "\n");
      line.erase(0, n);
    }
  }
  runs.join();
}

TEST_F(blocking, calls_of_a_non_blocking_stream_say_that_they_would) {
  acceptor a(server, service.port());
  a.non_blocking(true);
  std::error_code ec;
  EXPECT_FALSE(a.accept(ec).is_open());
  EXPECT_EQ(ec, asio::error::would_block);

  auto [near, far] = [&] {
    a.close();
    return connected({4096}, {4096});
  }();
  near.non_blocking(true);
  far.non_blocking(true);
  char byte = 0;
  EXPECT_EQ(near.read_some(asio::buffer(&byte, 1), ec), 0u);
  EXPECT_EQ(ec, asio::error::would_block);
  const std::string data = pattern(1000);
  std::size_t sent = 0;
  while (const std::size_t n = far.write_some(asio::buffer(data), ec))
    sent += n;
  EXPECT_EQ(ec, asio::error::would_block);
  EXPECT_GT(sent, 2'000u);
  std::size_t got = 0;
  std::string buffer(10'000, '\0');
  while (const std::size_t n = near.read_some(asio::buffer(buffer), ec))
    got += n;
  EXPECT_EQ(ec, asio::error::would_block);
  EXPECT_EQ(got, sent);
  far.close();
  EXPECT_EQ(near.read_some(asio::buffer(buffer), ec), 0u);
  EXPECT_EQ(ec, asio::error::eof);
}

TEST_F(blocking, waiting_takes_nothing) {
  auto [near, far] = connected({4096}, {4096});
  far.wait(asio::socket_base::wait_write);
  std::thread writes([&far = far] {
    const std::string data = pattern(50'000);
    asio::write(far, asio::buffer(data));
    far.close();
  });
  std::string got(60'000, '\0');
  std::size_t size = 0;
  std::error_code ec;
  near.non_blocking(true);
  while (!ec) {
    near.wait(asio::socket_base::wait_read);
    const std::size_t n = near.read_some(asio::buffer(got.data() + size, got.size() - size), ec);
    EXPECT_TRUE(n != 0 || ec == asio::error::eof) << ec.message();
    size += n;
  }
  writes.join();
  got.resize(size);
  EXPECT_TRUE(got == pattern(50'000));
}

TEST_F(blocking, waits_complete_when_there_is_something_to_do) {
  auto [near, far] = connected({4096}, {4096});
  outcome readable, room;
  near.async_wait(asio::socket_base::wait_read, readable.handler());
  io.restart();
  io.poll();
  EXPECT_FALSE(readable.called);
  const std::string data = pattern(1000);
  std::error_code ec;
  far.non_blocking(true);
  while (far.write_some(asio::buffer(data), ec) != 0) {
  }
  while (far.write_some(asio::buffer(data, 1), ec) != 0) {
  }
  far.async_wait(asio::socket_base::wait_write, room.handler());
  io.restart();
  io.poll();
  EXPECT_TRUE(readable.called);
  EXPECT_FALSE(room.called);
  std::string got(1000, '\0');
  asio::read(near, asio::buffer(got));
  EXPECT_TRUE(got == data) << "nothing was taken";
  io.restart();
  io.poll();
  EXPECT_TRUE(room.called);
  outcome cancelled;
  while (near.read_some(asio::buffer(got), ec) == got.size()) {
  }
  near.async_wait(asio::socket_base::wait_read, cancelled.handler());
  near.cancel();
  io.restart();
  io.poll();
  EXPECT_EQ(cancelled.error, asio::error::operation_aborted);
}

TEST_F(blocking, calls_work_beside_asynchronous_ones_that_nobody_runs) {
  hv::embedded other;
  asio::io_context idle;
  const guest_options polls{busy_poll{std::chrono::seconds{100}}};
  guest here(idle, embedded_link(other, 1), polls), there(idle, embedded_link(other, 2), polls);
  acceptor a(here, service.port());
  a.async_accept([](std::error_code, const stream&) {});
  std::string got(5, '\0');
  acceptor b(here, 6000);
  std::thread serves([&] {
    stream s = b.accept();
    asio::read(s, asio::buffer(got));
  });
  stream s(there);
  s.connect({1, 6000});
  asio::write(s, asio::buffer("hello", 5));
  serves.join();
  EXPECT_EQ(got, "hello");
}

TEST_F(blocking, a_call_ends_when_its_guest_is_closed_by_another_thread) {
  auto third = std::make_unique<guest>(io, embedded_link(hypervisor, 3));
  acceptor a(*third, 5000);
  std::atomic<bool> begins{false};
  std::thread waits([&] {
    std::error_code ec;
    begins = true;
    EXPECT_FALSE(a.accept(ec).is_open());
    EXPECT_TRUE(ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor);
  });
  while (!begins)
    std::this_thread::yield();
  third.reset();
  waits.join();
}

TEST_F(blocking, connecting_to_nobody_is_refused) {
  stream s(client);
  std::error_code ec;
  s.connect({1, 4711}, ec);
  EXPECT_EQ(ec, asio::error::connection_refused);
  EXPECT_FALSE(s.is_open());
  EXPECT_THROW(s.connect({9, 4711}), std::system_error);
  EXPECT_EQ(s.write_some(asio::buffer("x", 1), ec), 0u);
  EXPECT_EQ(ec, asio::error::bad_descriptor);
}

}  // namespace
}  // namespace v4v::test
