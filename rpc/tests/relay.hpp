#pragma once

#include <array>
#include <asio/awaitable.hpp>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/redirect_error.hpp>
#include <asio/socket_base.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <cstddef>
#include <memory>
#include <system_error>
#include <utility>

namespace v4v::rpc::testing {

/// Copies bytes from one Asio stream to another until the first ends, and then ends the second. It
/// knows nothing of what the bytes mean.
template <class From, class To>
asio::awaitable<void> copy_bytes(std::shared_ptr<From> from, std::shared_ptr<To> to) {
  std::array<char, 16 * 1024> buffer;
  std::error_code error;
  while (true) {
    const std::size_t bytes = co_await from->async_read_some(
        asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, error));
    if (error) break;
    co_await asio::async_write(*to, asio::buffer(buffer, bytes),
                               asio::redirect_error(asio::use_awaitable, error));
    if (error) break;
  }
  to->shutdown(asio::socket_base::shutdown_send, error);
}

/// Joins two connected streams, in both directions, until both have ended.
template <class One, class Other>
void relay(One one, Other other) {
  auto shared_one = std::make_shared<One>(std::move(one));
  auto shared_other = std::make_shared<Other>(std::move(other));
  asio::co_spawn(shared_one->get_executor(), copy_bytes(shared_one, shared_other), asio::detached);
  asio::co_spawn(shared_one->get_executor(), copy_bytes(shared_other, shared_one), asio::detached);
}

}  // namespace v4v::rpc::testing
