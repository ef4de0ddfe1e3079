#include "script.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <string>
#include <string_view>

namespace chat {
namespace {

// "2: hello": a domain, and what it says, or does if that begins with a slash.
struct step {
  v4v::domain_type domain;
  std::string text;
};

std::runtime_error fault(std::size_t line, const std::string& what) {
  return std::runtime_error("line " + std::to_string(line) + ": " + what);
}

step parse(std::size_t number, std::string_view line) {
  step s{};
  const auto colon = std::min(line.find(':'), line.size());
  const auto [end, error] = std::from_chars(line.data(), line.data() + colon, s.domain);
  if (error != std::errc{} || colon == line.size() || end != line.data() + colon)
    throw fault(number, "expected DOMAIN: TEXT, as in \"2: hello\"");
  line.remove_prefix(colon + 1);
  if (line.starts_with(' ')) line.remove_prefix(1);
  s.text = line;
  return s;
}

client& find(std::deque<client>& clients, std::size_t number, v4v::domain_type domain) {
  const auto found = std::find_if(clients.begin(), clients.end(),
                                  [&](const client& c) { return c.domain() == domain; });
  if (found == clients.end())
    throw fault(number, "there is no client in domain " + std::to_string(domain) +
                            "; the clients are domains " +
                            std::to_string(clients.front().domain()) + " to " +
                            std::to_string(clients.back().domain()));
  return *found;
}

class stage {
 public:
  stage(std::deque<client>& clients, condition& changed) : clients_(clients), changed_(changed) {}

  asio::awaitable<void> join(client& c) {
    forget();
    co_await c.join();
    co_await all_have_heard_of(c);
    co_await changed_.wait([&] { return c.has_read() || !c.is_connected(); });
  }

  asio::awaitable<void> leave(client& c) {
    if (!c.is_connected()) co_return;
    forget();
    c.leave();
    co_await changed_.wait([&] { return !c.is_connected(); });
    co_await all_have_heard_of(c);
  }

  // One that was dropped meanwhile reads what had come before, and the end.
  asio::awaitable<void> wake(client& c) {
    c.wake();
    for (const client& other : clients_) {
      if (!other.knows_end_of(c.domain())) continue;
      co_return co_await changed_.wait([&] { return !c.is_connected(); });
    }
  }

  asio::awaitable<void> perform(std::size_t number, step s) {
    client& c = find(clients_, number, s.domain);
    if (!c.is_connected())
      throw fault(number, "domain " + std::to_string(s.domain) + " is not in the room any more");
    if (s.text == "/quit") co_return co_await leave(c);
    if (s.text == "/sleep") co_return c.sleep();
    if (s.text == "/wake") co_return co_await wake(c);
    if (s.text.starts_with('/')) throw fault(number, "expected /quit, /sleep or /wake");
    forget();
    if (co_await c.say(std::move(s.text))) co_await all_have_heard_of(c);
  }

 private:
  void forget() {
    for (client& c : clients_)
      c.forget();
  }

  // Of those who read. One that is dropped meanwhile reads no more.
  asio::awaitable<void> all_have_heard_of(const client& c) {
    co_await changed_.wait([&] {
      return std::all_of(clients_.begin(), clients_.end(), [&](const client& other) {
        return &other == &c || !other.reads() || other.has_heard_of(c.domain()) ||
               other.knows_end_of(c.domain());
      });
    });
  }

  std::deque<client>& clients_;
  condition& changed_;
};

}  // namespace

asio::awaitable<void> play(std::istream& in, std::deque<client>& clients, condition& changed) {
  stage here(clients, changed);
  for (client& c : clients)
    co_await here.join(c);
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (!line.empty()) co_await here.perform(number, parse(number, line));
  }
  for (client& c : clients)
    co_await here.leave(c);
}

}  // namespace chat
