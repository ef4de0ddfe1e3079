#include "server.hpp"

#include <cstddef>
#include <deque>
#include <system_error>
#include <utility>
#include <vector>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/error.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>
#include <v4v/stream.hpp>

#include "condition.hpp"
#include "no_throw.hpp"
#include "protocol.hpp"

namespace chat {
namespace {

std::string domain(v4v::domain_type number) { return "domain " + std::to_string(number); }

}  // namespace

struct server::member {
  explicit member(v4v::stream s)
      : number(s.remote_endpoint().domain()), peer(std::move(s)), changed(peer.get_executor()) {}

  const v4v::domain_type number;
  v4v::stream peer;
  std::deque<line> queue;  // what is being written stays in it until it is
  condition changed;       // of the queue, or of whether the peer is open
};

// Lines are short, and a client that sends faster than it is heard waits: small rings will do.
server::server(v4v::guest& guest, std::size_t queue_limit)
    : acceptor_(guest, service_port, {.ring_size = 16 * 1024}), queue_limit_(queue_limit) {}

server::~server() { close(); }

asio::awaitable<void> server::run() {
  for (;;) {
    auto [error, peer] = co_await acceptor_.async_accept(no_throw);
    if (error == asio::error::operation_aborted) co_return;  // closed
    if (error) throw std::system_error(error, "accepting a connection");
    // It may be gone before its turn has come; then nobody knows who it was.
    if (peer.is_open()) enter(std::move(peer));
  }
}

void server::close() {
  acceptor_.close();
  for (const auto& [number, m] : std::exchange(members_, {}))
    end(*m);
}

void server::enter(v4v::stream peer) {
  const auto m = std::make_shared<member>(std::move(peer));
  if (!members_.emplace(m->number, m).second) return;  // it is here already: closes this one
  std::string welcome = "* you are " + domain(m->number) + "; with you:";
  for (const auto& [number, other] : members_) {
    if (other != m) welcome += ' ' + std::to_string(number);
  }
  say("* " + domain(m->number) + " has come", m.get());
  m->queue.push_back(std::make_shared<const std::string>(welcome + '\n'));
  asio::co_spawn(acceptor_.get_executor(), hear(m), asio::detached);
  asio::co_spawn(acceptor_.get_executor(), tell(m), asio::detached);
}

// What the member says, until it ends or breaks the rules.
asio::awaitable<void> server::hear(std::shared_ptr<member> m) {
  std::string text;
  for (;;) {
    const auto [error, n] = co_await asio::async_read_until(
        m->peer, asio::dynamic_buffer(text, max_line + 1), '\n', no_throw);
    if (!m->peer.is_open()) co_return;  // dropped meanwhile
    if (error == asio::error::not_found) co_return remove(*m, "was dropped: its line is too long");
    if (error == asio::error::eof) co_return remove(*m, "has left");
    if (error) co_return remove(*m, "is gone: " + error.message());
    say(std::to_string(m->number) + ": " + text.substr(0, n - 1), m.get());
    text.erase(0, n);
  }
}

// What the member is to read: all that waits in the queue at once, as one vector. While its ring is
// full this waits, and nothing else does.
asio::awaitable<void> server::tell(std::shared_ptr<member> m) {
  std::vector<asio::const_buffer> buffers;
  for (;;) {
    co_await m->changed.wait([&] { return !m->queue.empty() || !m->peer.is_open(); });
    if (!m->peer.is_open()) co_return;
    buffers.clear();
    for (const line& l : m->queue)
      buffers.push_back(asio::buffer(*l));
    const auto [error, n] = co_await asio::async_write(m->peer, buffers, no_throw);
    if (error) co_return;  // hear() learns of it, too
    m->queue.erase(m->queue.begin(),
                   m->queue.begin() + static_cast<std::ptrdiff_t>(buffers.size()));
  }
}

void server::say(const std::string& text, const member* except) {
  const auto l = std::make_shared<const std::string>(text + '\n');
  std::vector<std::shared_ptr<member>> slow;
  for (const auto& [number, m] : members_) {
    if (m.get() == except) continue;
    if (m->queue.size() == queue_limit_) {
      slow.push_back(m);
    } else {
      m->queue.push_back(l);
      m->changed.notify();
    }
  }
  for (const auto& m : slow)
    remove(*m, "was dropped: it reads too slowly");
}

void server::remove(member& m, const std::string& why) {
  const auto found = members_.find(m.number);
  if (found == members_.end() || found->second.get() != &m) return;  // in the notice of another
  const auto keep = found->second;
  members_.erase(found);
  end(m);
  say("* " + domain(m.number) + ' ' + why, nullptr);
}

void server::end(member& m) {
  m.peer.close();
  m.changed.notify();
}

}  // namespace chat
