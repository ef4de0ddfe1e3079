#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <v4v/endpoint.hpp>
#include <v4v/guest.hpp>
#include <v4v/link.hpp>
#include <v4v/stream.hpp>

#include "condition.hpp"

namespace chat {

/// A domain with someone in it who chats, and prints what it reads, with its own number in front.
class client {
 public:
  /// In the domain that `link` leads to, of the room at `service`.
  client(asio::io_context& io, std::unique_ptr<v4v::link> link, v4v::endpoint service,
         condition& changed, v4v::guest_options options = {});

  [[nodiscard]] v4v::domain_type domain() const { return guest_.domain(); }

  /// Connects, and reads from then on.
  asio::awaitable<void> join();

  /// Sends a line. False, and prints why, when it cannot.
  asio::awaitable<bool> say(std::string text);

  /// Does not read any more, until it wakes.
  void sleep();
  void wake();

  /// Says no more, reads what is still to come, and is not connected then.
  void leave();

  /// The end of the connection at once.
  void close();

  [[nodiscard]] bool is_connected() const { return stream_.is_open(); }
  [[nodiscard]] bool reads() const { return is_connected() && !asleep_; }

  /// Whether it has read anything since forget(), something that `domain` said, or a line about it.
  [[nodiscard]] bool has_read() const { return !recent_.empty(); }
  [[nodiscard]] bool has_heard_of(v4v::domain_type domain) const;

  /// Whether it has ever read that `domain` is not there any more.
  [[nodiscard]] bool knows_end_of(v4v::domain_type domain) const;

  void forget() { recent_.clear(); }

 private:
  asio::awaitable<void> read();
  void remember(std::string line);
  void print(std::string_view text) const;

  v4v::guest guest_;
  v4v::endpoint service_;
  v4v::stream stream_;
  condition& changed_;  // of any client: somebody has read something, or is connected no more
  std::vector<std::string> recent_;
  std::vector<std::string> ends_;  // of others: what was said of them last
  bool asleep_ = false;
  bool leaving_ = false;
};

}  // namespace chat
