#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/read.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include <v4v/stream.hpp>

#include "measure/measurement.hpp"
#include "measure/stopwatch.hpp"

namespace v4v::bench {

// One coroutine code for all streams: what differs between two columns is the stream.

using asio::awaitable;
using asio::use_awaitable;

template <class Stream>
awaitable<void> echo(Stream& s, std::size_t size, std::size_t rounds) {
  std::vector<char> bytes(size);
  for (; rounds != 0; --rounds) {
    co_await asio::async_read(s, asio::buffer(bytes), use_awaitable);
    co_await asio::async_write(s, asio::buffer(bytes), use_awaitable);
  }
}

/// So many round trips come before those that `ask` times: until both threads run.
inline constexpr std::size_t untimed = 10;

template <class Stream>
awaitable<void> ask(Stream& s, std::size_t size, std::size_t rounds, outcome& o) {
  std::vector<char> bytes(size);
  o.each.reserve(rounds);
  stopwatch all;
  for (std::size_t i = 0; i < untimed + rounds; ++i) {
    if (i == untimed) all = stopwatch{};
    const stopwatch time;
    co_await asio::async_write(s, asio::buffer(bytes), use_awaitable);
    co_await asio::async_read(s, asio::buffer(bytes), use_awaitable);
    if (i >= untimed) o.each.push_back(time.microseconds());
  }
  o.seconds = all.seconds();
}

template <class Stream>
awaitable<void> take(Stream& s, std::size_t total, std::size_t at_once = 256 * 1024) {
  std::vector<char> bytes(at_once);
  while (total != 0)
    total -= co_await s.async_read_some(asio::buffer(bytes, std::min(bytes.size(), total)),
                                        use_awaitable);
}

template <class Stream>
awaitable<void> give(Stream& s, std::size_t write, std::size_t count) {
  std::vector<char> bytes(write);
  for (; count != 0; --count)
    co_await asio::async_write(s, asio::buffer(bytes), use_awaitable);
}

template <class Socket>
awaitable<void> receive(Socket& s, std::size_t size, std::size_t count) {
  std::vector<char> bytes(size);
  for (; count != 0; --count) {
    const auto n = co_await s.async_receive(asio::buffer(bytes), use_awaitable);
    if (n != size) throw std::runtime_error("another datagram than was sent");
  }
}

template <class Socket>
awaitable<void> send(Socket& s, std::size_t size, std::size_t count) {
  std::vector<char> bytes(size);
  for (; count != 0; --count)
    co_await s.async_send(asio::buffer(bytes), use_awaitable);
}

// In the ring: something of each cache line is looked at, and nothing is copied.
inline awaitable<void> look_at(stream& s, std::size_t total) {
  std::uint64_t sum = 0;
  while (total != 0) {
    const message_view view = co_await s.async_receive(use_awaitable);
    for (const auto& piece : view)
      for (std::size_t at = 0; at < piece.size(); at += 64)
        sum += static_cast<const unsigned char*>(piece.data())[at];
    total -= view.size();
  }
  if (sum != 0) throw std::runtime_error("other bytes than were sent");
}

}  // namespace v4v::bench
