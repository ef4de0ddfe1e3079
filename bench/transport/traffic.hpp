#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/read.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include "measure/samples.hpp"
#include "run_both.hpp"
#include "v4v_pair.hpp"

namespace v4v::bench {

// One coroutine code for all streams: what differs between two columns is the stream.

using asio::awaitable;
using asio::use_awaitable;

template <class Stream>
awaitable<void> echo(Stream& s, std::size_t size, int rounds) {
  std::vector<char> bytes(size);
  for (int i = 0; i < rounds; ++i) {
    co_await asio::async_read(s, asio::buffer(bytes), use_awaitable);
    co_await asio::async_write(s, asio::buffer(bytes), use_awaitable);
  }
}

template <class Stream>
awaitable<void> ask(Stream& s, std::size_t size, int rounds, std::vector<double>& microseconds) {
  std::vector<char> bytes(size);
  for (int i = 0; i < rounds; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    co_await asio::async_write(s, asio::buffer(bytes), use_awaitable);
    co_await asio::async_read(s, asio::buffer(bytes), use_awaitable);
    microseconds.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin)
            .count());
  }
}

template <class Stream>
awaitable<void> take(Stream& s, std::size_t total) {
  std::vector<char> bytes(256 * 1024);
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

// In the ring: something of each cache line is looked at, and nothing is copied.
inline awaitable<void> look_at(v4v::stream& s, std::size_t total) {
  std::uint64_t sum = 0;
  while (total != 0) {
    const v4v::message_view view = co_await s.async_receive(use_awaitable);
    for (const auto& piece : view)
      for (std::size_t at = 0; at < piece.size(); at += 64)
        sum += static_cast<const unsigned char*>(piece.data())[at];
    total -= view.size();
  }
  if (sum != 0) throw std::logic_error("other bytes than were sent");
}

/// Median of `rounds` round trips, in microseconds.
template <class Pair>
double round_trip(Pair& p, std::size_t size, int rounds) {
  std::vector<double> microseconds;
  microseconds.reserve(static_cast<std::size_t>(rounds));
  run_both(p, echo(p.near(), size, rounds), ask(p.far(), size, rounds, microseconds));
  return median(std::move(microseconds));
}

/// Writes a second, of `size` bytes each, one begun when the one before it has completed.
template <class Pair>
double writes_per_second(Pair& p, std::size_t size, std::size_t count) {
  const auto begin = std::chrono::steady_clock::now();
  run_both(p, take(p.near(), size * count), give(p.far(), size, count));
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  return static_cast<double>(count) / time.count();
}

/// The same, and the other side looks at the bytes where they lie.
inline double views_per_second(v4v_pair& p, std::size_t size, std::size_t count) {
  const auto begin = std::chrono::steady_clock::now();
  run_both(p, look_at(p.near(), size * count), give(p.far(), size, count));
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  return static_cast<double>(count) / time.count();
}

}  // namespace v4v::bench
