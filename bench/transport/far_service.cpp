#include "far_service.hpp"

#include <array>
#include <cstdint>
#include <exception>
#include <system_error>
#include <utility>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/read.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include "traffic.hpp"

namespace v4v::bench {
namespace {

constexpr auto no_throw = asio::experimental::as_tuple(use_awaitable);

// What is sent in front of a measurement. Both ends are the same program on the same machine.
struct request {
  enum class kind : std::uint32_t { send_back = 1, take = 2 };

  kind what;
  std::uint32_t size;
  std::uint32_t count;
};

// A peer's numbers: memory is bounded by them, and nothing overflows.
bool is_fair(const request& r) {
  return (r.what == request::kind::send_back || r.what == request::kind::take) && r.size != 0 &&
         r.size <= 1 << 20 && r.count <= 1 << 30;
}

awaitable<void> serve_one(stream peer) {
  for (;;) {
    request r{};
    const auto [error, n] = co_await asio::async_read(peer, asio::buffer(&r, sizeof r), no_throw);
    if (error || !is_fair(r)) co_return;
    if (r.what == request::kind::send_back) {
      co_await echo(peer, r.size, r.count);
    } else {
      co_await take(peer, std::size_t{r.size} * r.count);
      co_await asio::async_write(peer, asio::buffer("", 1), use_awaitable);
    }
  }
}

awaitable<void> accept(acceptor& from) {
  for (;;) {
    auto [error, peer] = co_await from.async_accept(no_throw);
    if (error == asio::error::operation_aborted) co_return;  // closed
    if (error) throw std::system_error(error, "accepting a connection");
    // Whatever ends a connection ends its own coroutine, and no other.
    asio::co_spawn(from.get_executor(), serve_one(std::move(peer)), asio::detached);
  }
}

awaitable<void> begin(stream& s, const request& r) {
  co_await asio::async_write(s, asio::buffer(&r, sizeof r), use_awaitable);
}

awaitable<void> ask_far(stream& s, request r, std::size_t rounds, outcome& o) {
  co_await begin(s, r);
  co_await ask(s, r.size, rounds, o);
}

awaitable<void> give_far(stream& s, request r) {
  co_await begin(s, r);
  co_await give(s, r.size, r.count);
  char taken = 0;
  co_await asio::async_read(s, asio::buffer(&taken, 1), use_awaitable);
}

std::uint32_t narrow(std::size_t n) { return static_cast<std::uint32_t>(n); }

void rethrow(const std::exception_ptr& e) {
  if (e) std::rethrow_exception(e);
}

}  // namespace

far_service::far_service(guest& here) : acceptor_{here, far_port} {
  asio::co_spawn(here.get_executor(), accept(acceptor_), rethrow);
}

far_stream::far_stream(asio::io_context& io, guest& here, const endpoint& service)
    : io_{io}, stream_{here} {
  run(stream_.async_connect(service, use_awaitable));
}

outcome far_stream::round_trips(std::size_t size, std::size_t rounds) {
  outcome o;
  run(ask_far(stream_, {request::kind::send_back, narrow(size), narrow(untimed + rounds)}, rounds,
              o));
  return o;
}

outcome far_stream::writes(std::size_t size, std::size_t count) {
  const stopwatch time;
  run(give_far(stream_, {request::kind::take, narrow(size), narrow(count)}));
  return {time.seconds()};
}

void far_stream::run(awaitable<void> work) {
  asio::co_spawn(io_, std::move(work), rethrow);
  io_.restart();
  io_.run();
}

}  // namespace v4v::bench
