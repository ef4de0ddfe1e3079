// What Asio promises of every asynchronous operation.

#include "two_domains.hpp"

#include <future>
#include <memory_resource>
#include <stdexcept>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/experimental/deferred.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/strand.hpp>
#include <asio/use_future.hpp>

namespace v4v::test {
namespace {

using an_operation = two_domains;

TEST_F(an_operation, never_calls_its_handler_from_the_initiating_function) {
  auto ends = connected();
  stream &near = ends.first, &far = ends.second;
  bool inside = true, called = false;
  near.async_write_some(asio::buffer("x", 1), [&](std::error_code, std::size_t) {
    EXPECT_FALSE(inside);
    called = true;
  });
  inside = false;
  io.run();
  EXPECT_TRUE(called);

  char byte = 0;
  called = false;
  asio::post(io, [&] {
    inside = true;
    far.async_read_some(asio::buffer(&byte, 1), [&](std::error_code, std::size_t) {
      EXPECT_FALSE(inside);
      called = true;
    });
    inside = false;
  });
  io.restart();
  io.run();
  EXPECT_TRUE(called);
}

TEST_F(an_operation, keeps_run_going_and_an_idle_guest_does_not) {
  auto [near, far] = connected();
  EXPECT_EQ(io.run(), 0u);
  outcome read;
  char byte = 0;
  far.async_read_some(asio::buffer(&byte, 1), read.handler());
  io.restart();
  io.poll();
  EXPECT_FALSE(io.stopped());
  far.cancel();
  io.run();
  EXPECT_TRUE(read.called);
  EXPECT_TRUE(io.stopped());
}

TEST_F(an_operation, of_any_kind_ends_when_its_object_is_cancelled) {
  acceptor a(server, 7000);
  outcome accept;
  a.async_accept([&](std::error_code ec, const stream& s) {
    EXPECT_FALSE(s.is_open());
    accept.handler()(ec);
  });
  io.poll();
  a.cancel();
  io.restart();
  io.run();
  EXPECT_EQ(accept.error, asio::error::operation_aborted);
  EXPECT_TRUE(a.is_open());

  outcome connect;
  stream s(client);
  s.async_connect({1, 7000}, connect.handler());
  io.restart();
  io.poll();
  s.cancel();
  io.restart();
  io.run();
  EXPECT_EQ(connect.error, asio::error::operation_aborted);
  EXPECT_FALSE(s.is_open());

  auto [near, far] = connected({4096});
  outcome read, writes[3];
  char byte = 0;
  const std::string data = pattern(1990);
  near.async_read_some(asio::buffer(&byte, 1), read.handler());
  for (auto& w : writes)
    near.async_write_some(asio::buffer(data), w.handler());
  io.restart();
  io.poll();
  near.cancel();
  io.restart();
  io.run();
  EXPECT_EQ(read.error, asio::error::operation_aborted);
  EXPECT_FALSE(writes[0].error);
  EXPECT_EQ(writes[2].error, asio::error::operation_aborted);
}

TEST_F(an_operation, ends_alone_through_its_cancellation_slot) {
  auto [near, far] = connected();
  asio::cancellation_signal first, second;
  outcome reads[2];
  char bytes[2] = {};
  near.async_read_some(asio::buffer(&bytes[0], 1),
                       asio::bind_cancellation_slot(first.slot(), reads[0].handler()));
  near.async_read_some(asio::buffer(&bytes[1], 1),
                       asio::bind_cancellation_slot(second.slot(), reads[1].handler()));
  io.poll();
  first.emit(asio::cancellation_type::total);
  io.restart();
  io.poll();
  EXPECT_EQ(reads[0].error, asio::error::operation_aborted);
  EXPECT_FALSE(reads[1].called);

  far.async_write_some(asio::buffer("x", 1), [](std::error_code, std::size_t) {});
  io.restart();
  io.run();
  EXPECT_FALSE(reads[1].error);
  EXPECT_EQ(bytes[1], 'x');
  second.emit(asio::cancellation_type::terminal);  // too late, and harmless
  near.close();
  first.emit(asio::cancellation_type::terminal);
}

TEST_F(an_operation, of_connecting_and_accepting_ends_through_its_slot) {
  acceptor a(server, 7000);
  stream s(client);
  asio::cancellation_signal stop;
  outcome accept, connect;
  s.async_connect({1, 7000}, asio::bind_cancellation_slot(stop.slot(), connect.handler()));
  io.poll();
  stop.emit(asio::cancellation_type::terminal);
  io.restart();
  io.run();
  EXPECT_EQ(connect.error, asio::error::operation_aborted);

  a.async_accept(asio::bind_cancellation_slot(
      stop.slot(), [&](std::error_code ec, const stream&) { accept.handler()(ec); }));
  io.restart();
  io.poll();
  stop.emit(asio::cancellation_type::partial);
  io.restart();
  io.run();
  EXPECT_EQ(accept.error, asio::error::operation_aborted);
}

TEST_F(an_operation, loses_a_race_against_a_timer_and_takes_no_bytes) {
  using namespace asio::experimental::awaitable_operators;
  auto ends = connected();
  stream &near = ends.first, &far = ends.second;
  spawn([&]() -> awaitable<void> {
    char byte = 0;
    asio::steady_timer timer(io, std::chrono::milliseconds(1));
    const auto first = co_await (near.async_read_some(asio::buffer(&byte, 1), use_awaitable) ||
                                 timer.async_wait(use_awaitable));
    EXPECT_EQ(first.index(), 1u);
    co_await asio::async_write(far, asio::buffer("x", 1), use_awaitable);
    co_await asio::async_read(near, asio::buffer(&byte, 1), use_awaitable);
    EXPECT_EQ(byte, 'x');
  });
  io.run();
}

TEST_F(an_operation, runs_its_handler_in_the_executor_that_it_asks_for) {
  auto [near, far] = connected();
  asio::io_context elsewhere;
  outcome read;
  char byte = 0;
  far.async_read_some(asio::buffer(&byte, 1),
                      asio::bind_executor(elsewhere.get_executor(), read.handler()));
  near.async_write_some(asio::buffer("x", 1), [](std::error_code, std::size_t) {});
  io.run();
  EXPECT_FALSE(read.called);
  elsewhere.run();
  EXPECT_TRUE(read.called);
  EXPECT_EQ(byte, 'x');
}

// A handler with a memory resource that counts.
struct counting_resource final : std::pmr::memory_resource {
  int allocated = 0, freed = 0;
  void* do_allocate(std::size_t n, std::size_t a) override {
    ++allocated;
    return std::pmr::new_delete_resource()->allocate(n, a);
  }
  void do_deallocate(void* p, std::size_t n, std::size_t a) override {
    ++freed;
    std::pmr::new_delete_resource()->deallocate(p, n, a);
  }
  bool do_is_equal(const memory_resource& o) const noexcept override { return this == &o; }
};

struct allocating_handler {
  using allocator_type = std::pmr::polymorphic_allocator<std::byte>;
  allocator_type get_allocator() const noexcept { return {resource}; }
  void operator()(std::error_code, std::size_t) const { *freed_when_called = resource->freed; }
  counting_resource* resource;
  int* freed_when_called;
};

TEST_F(an_operation, takes_its_memory_from_its_handlers_allocator_and_returns_it_first) {
  auto [near, far] = connected();
  counting_resource resource;
  int freed_when_called = -1;
  char byte = 0;
  far.async_read_some(asio::buffer(&byte, 1), allocating_handler{&resource, &freed_when_called});
  EXPECT_GT(resource.allocated, 0);
  near.async_write_some(asio::buffer("x", 1), [](std::error_code, std::size_t) {});
  io.run();
  EXPECT_EQ(resource.allocated, freed_when_called);
  EXPECT_EQ(resource.allocated, resource.freed);
}

TEST_F(an_operation, gives_a_future_when_asked) {
  auto [near, far] = connected();
  std::string bytes(1, '\0');
  auto read = far.async_read_some(asio::buffer(bytes), asio::use_future);
  auto write = near.async_write_some(asio::buffer("x", 1), asio::use_future);
  io.run();
  EXPECT_EQ(write.get(), 1u);
  EXPECT_EQ(read.get(), 1u);
  EXPECT_EQ(bytes, "x");
}

TEST_F(an_operation, can_be_deferred) {
  auto [near, far] = connected();
  outcome write;
  auto later = near.async_write_some(asio::buffer("x", 1), asio::experimental::deferred);
  EXPECT_EQ(io.poll(), 0u);
  std::move(later)(write.handler());
  io.restart();
  io.run();
  EXPECT_TRUE(write.called);
}

TEST_F(an_operation, is_not_lost_when_the_handler_of_another_throws) {
  auto [near, far] = connected();
  outcome second;
  char bytes[2] = {};
  far.async_read_some(asio::buffer(&bytes[0], 1), [](std::error_code, std::size_t) {
    throw std::runtime_error("from a handler");
  });
  far.async_read_some(asio::buffer(&bytes[1], 1), second.handler());
  near.async_write_some(asio::buffer("xy", 2), [](std::error_code, std::size_t) {});
  int thrown = 0;
  for (bool again = true; again;) {
    try {
      io.run();
      again = false;
    } catch (const std::runtime_error&) {
      ++thrown;
    }
  }
  EXPECT_EQ(thrown, 1);
  EXPECT_TRUE(second.called);
}

TEST(an_io_context, destroys_operations_that_wait_when_it_ends) {
  const auto alive = std::make_shared<int>();
  {
    hv::embedded hypervisor;
    asio::io_context io;
    guest server(io, embedded_link(hypervisor, 1));
    acceptor a(server, 5000);
    a.async_accept([alive](std::error_code, const stream&) { FAIL(); });
    // One that owns what it waits for, as a session does.
    acceptor b(server, 5001);
    auto s = std::make_shared<stream>(server);
    s->async_connect({1, 5001}, [alive, s](std::error_code) { FAIL(); });
    io.poll();
    EXPECT_GT(alive.use_count(), 1);
  }
  EXPECT_EQ(alive.use_count(), 1);
}

TEST(an_io_context, may_end_before_the_objects_of_coroutines_that_wait) {
  const auto alive = std::make_shared<int>();
  {
    hv::embedded hypervisor;
    asio::io_context io;
    const auto server = std::make_shared<guest>(io, embedded_link(hypervisor, 1));
    asio::co_spawn(
        io,
        [alive, server]() -> awaitable<void> {
          acceptor a(*server, 5000);
          stream s = co_await a.async_accept(use_awaitable);
          char byte = 0;
          co_await s.async_read_some(asio::buffer(&byte, 1), use_awaitable);
        },
        [](std::exception_ptr) {});
    stream s(*server);
    s.async_connect({1, 5000}, [alive](std::error_code) {});
    io.poll();
  }
  EXPECT_EQ(alive.use_count(), 1);
}

}  // namespace
}  // namespace v4v::test
