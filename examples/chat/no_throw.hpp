#pragma once

#include <asio/experimental/as_tuple.hpp>
#include <asio/use_awaitable.hpp>

namespace chat {

/// A completion token: co_await gives the error along with the result.
inline constexpr auto no_throw = asio::experimental::as_tuple(asio::use_awaitable);

}  // namespace chat
