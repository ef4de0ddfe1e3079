#include "pattern.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include <asio/experimental/as_tuple.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/read.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

namespace echo {
namespace {

using asio::awaitable;
using asio::use_awaitable;

constexpr std::size_t piece = 64 * 1024;

// 251 is a prime: pieces that change places do not go unnoticed.
char byte_at(std::size_t place) { return static_cast<char>(place % 251); }

awaitable<void> write_pattern(v4v::stream& stream, std::size_t total) {
  std::string bytes;
  for (std::size_t written = 0; written < total; written += bytes.size()) {
    bytes.resize(std::min(piece, total - written));
    for (std::size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = byte_at(written + i);
    const auto [error, n] = co_await asio::async_write(stream, asio::buffer(bytes),
                                                       asio::experimental::as_tuple(use_awaitable));
    if (error) co_return;  // who reads learns of it, too, and says so
  }
}

awaitable<void> compare_pattern(v4v::stream& stream, std::size_t total) {
  std::string bytes;
  for (std::size_t read = 0; read < total; read += bytes.size()) {
    bytes.resize(std::min(piece, total - read));
    co_await asio::async_read(stream, asio::buffer(bytes), use_awaitable);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (bytes[i] != byte_at(read + i))
        throw std::runtime_error("byte " + std::to_string(read + i) + " came back different");
    }
  }
}

}  // namespace

awaitable<void> exchange_pattern(v4v::stream& stream, std::size_t total) {
  using asio::experimental::awaitable_operators::operator&&;
  co_await (compare_pattern(stream, total) && write_pattern(stream, total));
}

}  // namespace echo
