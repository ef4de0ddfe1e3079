#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include <asio/awaitable.hpp>
#include <v4v/acceptor.hpp>
#include <v4v/guest.hpp>

namespace chat {

/// The room: what one domain says is sent to all others, with the number of that domain in front.
/// That number is the hypervisor's word, so no client says who it is, and none can pass for
/// another.
///
/// Each domain is in the room once. What it has not read yet is kept in a queue of up to
/// `queue_limit` lines; one that is behind by more is dropped, and the others are told. So a client
/// has either read all that was said since it came, or knows that it has not; it holds up nobody;
/// and the server's memory is bounded by the number of domains.
///
/// All of it belongs to the thread that runs the guest's io_context.
class server {
 public:
  server(v4v::guest& guest, std::size_t queue_limit);
  ~server();

  /// Lets domains in until close(). Throws std::system_error when it can no more.
  asio::awaitable<void> run();

  /// No more of them, and an end to those who are there.
  void close();

 private:
  using line = std::shared_ptr<const std::string>;  // one copy, however many are to read it
  struct member;

  void enter(v4v::stream peer);
  asio::awaitable<void> hear(std::shared_ptr<member> m);
  asio::awaitable<void> tell(std::shared_ptr<member> m);
  void remove(member& m, const std::string& why);
  void say(const std::string& text, const member* except);
  static void end(member& m);

  v4v::acceptor acceptor_;
  const std::size_t queue_limit_;
  std::map<v4v::domain_type, std::shared_ptr<member>> members_;
};

}  // namespace chat
