#include "conversation.hpp"

#include <stdexcept>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/this_coro.hpp>

namespace chat {
namespace {

// Who waits for somebody to type would not notice that there is no room any more.
asio::awaitable<void> end_with(client& c, condition& changed, input_lines& in) {
  co_await changed.wait([&] { return !c.is_connected(); });
  in.cancel();
}

}  // namespace

asio::awaitable<void> converse(client& c, condition& changed, input_lines& in) {
  co_await c.join();
  asio::co_spawn(co_await asio::this_coro::executor, end_with(c, changed, in), asio::detached);
  while (auto line = co_await in.next()) {
    if (!line->empty() && !co_await c.say(std::move(*line))) break;
  }
  if (!c.is_connected()) throw std::runtime_error("there is no room any more");
  c.leave();
  co_await changed.wait([&] { return !c.is_connected(); });
}

}  // namespace chat
