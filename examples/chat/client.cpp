#include "client.hpp"

#include <algorithm>
#include <iostream>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/error.hpp>
#include <asio/read_until.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include "no_throw.hpp"
#include "protocol.hpp"

namespace chat {
namespace {

// It comes from another guest, and is to be seen, not to be obeyed by the terminal.
std::string without_control_characters(std::string_view text) {
  std::string s(text);
  std::replace_if(
      s.begin(), s.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }, '?');
  return s;
}

std::string notice_about(v4v::domain_type domain) {
  return "* domain " + std::to_string(domain) + ' ';
}

}  // namespace

// The ring is as small as may be, so that a sleeper is soon behind.
client::client(asio::io_context& io, std::unique_ptr<v4v::link> link, v4v::endpoint service,
               condition& changed, v4v::guest_options options)
    : guest_(io, std::move(link), options),
      service_(service),
      stream_(guest_, {.ring_size = 4096}),
      changed_(changed) {}

asio::awaitable<void> client::join() {
  co_await stream_.async_connect(service_, asio::use_awaitable);
  asio::co_spawn(stream_.get_executor(), read(), asio::detached);
}

asio::awaitable<bool> client::say(std::string text) {
  text += '\n';
  const auto [error, n] = co_await asio::async_write(stream_, asio::buffer(text), no_throw);
  if (error) print("(could not say that: " + error.message() + ")");
  co_return !error;
}

void client::sleep() {
  asleep_ = true;
  stream_.cancel();  // the read that waits
}

void client::wake() {
  asleep_ = false;
  changed_.notify();
}

void client::leave() {
  leaving_ = true;
  std::error_code ignored;  // the server may have ended it already
  stream_.shutdown(asio::socket_base::shutdown_send, ignored);
  wake();
}

void client::close() {
  stream_.close();
  wake();
}

bool client::has_heard_of(v4v::domain_type domain) const {
  const std::string said = std::to_string(domain) + ": ";
  return std::any_of(recent_.begin(), recent_.end(), [&](const std::string& line) {
    return line.starts_with(said) || line.starts_with(notice_about(domain));
  });
}

bool client::knows_end_of(v4v::domain_type domain) const {
  return std::any_of(ends_.begin(), ends_.end(), [&](const std::string& line) {
    return line.starts_with(notice_about(domain));
  });
}

void client::remember(std::string line) {
  if (line.starts_with("* domain ") && !line.ends_with(" has come")) ends_.push_back(line);
  recent_.push_back(std::move(line));
}

asio::awaitable<void> client::read() {
  std::string text;
  for (;;) {
    co_await changed_.wait([this] { return !asleep_; });
    if (!stream_.is_open()) co_return;
    const auto [error, n] = co_await asio::async_read_until(
        stream_, asio::dynamic_buffer(text, max_line_to_client + 1), '\n', no_throw);
    if (!stream_.is_open()) co_return;
    if (error == asio::error::operation_aborted) continue;  // it sleeps
    if (error) {
      if (error != asio::error::eof) print("(" + error.message() + ")");
      if (error == asio::error::eof && !leaving_) print("(the server has ended the connection)");
      co_return close();
    }
    print(std::string_view(text).substr(0, n - 1));
    remember(text.substr(0, n - 1));
    text.erase(0, n);
    changed_.notify();
  }
}

void client::print(std::string_view text) const {
  std::cout << '[' << domain() << "] " << without_control_characters(text) << '\n' << std::flush;
}

}  // namespace chat
