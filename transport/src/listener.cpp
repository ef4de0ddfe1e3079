#include "v4v/detail/listener.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

#include <asio/error.hpp>

#include "guest_core.hpp"
#include "owned_ring.hpp"
#include "stream_message.hpp"
#include "v4v/detail/connection.hpp"

namespace v4v::detail {

listener::listener(std::shared_ptr<guest_core> core, const endpoint& local,
                   std::unique_ptr<owned_ring> ring, std::size_t backlog, std::size_t queue_limit)
    : core_(std::move(core)),
      local_(local),
      backlog_limit_(backlog),
      queue_limit_(queue_limit),
      ring_(std::move(ring)) {}

listener::~listener() = default;

std::shared_ptr<listener> listener::open(const std::shared_ptr<guest_core>& core, port_type port,
                                         std::size_t ring_size, std::size_t backlog,
                                         std::error_code& ec) {
  std::shared_ptr<listener> l;
  core->locked([&](section&) {
    if (core->is_closed()) {
      ec = asio::error::bad_descriptor;
      return;
    }
    auto ring = core->open_ring(port, any_domain, ring_size, ec);
    if (ec == std::errc::file_exists) ec = asio::error::address_in_use;
    if (!ring) return;
    l.reset(new listener(core, {core->domain(), port}, std::move(ring), backlog, ring_size));
    l->ring_->watch(l);
    core->add(l);
  });
  return l;
}

// ---- For acceptors

void listener::start_accept(operation& op) {
  core_->locked([&](section& s) {
    if (!accepting_) return s.complete(op, asio::error::bad_descriptor);
    receive(s);  // first: a request may have been taken back meanwhile
    if (!accepting_) return s.complete(op, std::make_error_code(std::errc::protocol_error));
    core_->wait(accepts_, op);
    undisturbed(s, [&] { serve(s); });
  });
}

bool listener::attempt_accept(operation& op) {
  bool over = false;
  core_->locked([&](section& s) {
    const bool was_accepting = accepting_;
    if (accepting_) receive(s);
    if (!accepting_) {
      over = op.done(was_accepting ? std::make_error_code(std::errc::protocol_error)
                                   : make_error_code(asio::error::bad_descriptor));
    } else if (accepts_.empty() && !backlog_.empty()) {
      undisturbed(s, [&] { over = give_next(s, op); });
    }
  });
  return over;
}

void listener::cancel() {
  core_->locked(
      [&](section& s) { core_->complete_all(s, accepts_, asio::error::operation_aborted); });
}

void listener::cancel(std::uint64_t id) {
  core_->locked([&](section& s) {
    if (operation* op = core_->stop_waiting(accepts_, id))
      s.complete(*op, asio::error::operation_aborted);
  });
}

void listener::close() {
  core_->locked([&](section& s) { close(s); });
}

bool listener::is_open() const {
  return core_->peek([&] { return accepting_; });
}

// Requests that are in the ring or come while others still use it are refused as they are found.
void listener::close(section& s) {
  if (!accepting_) return;
  accepting_ = false;
  core_->complete_all(s, accepts_, asio::error::operation_aborted);
  for (const request& r : std::exchange(backlog_, {}))
    refuse(r);
  if (is_done()) end(s);
}

// Unregisters first: a request that comes too late for the ring is refused by the hypervisor, and
// one that came in time is found here. So whoever asked is answered.
void listener::end(section& s) {
  if (!ring_) return;
  ring_->unregister();
  receive(s);
  ring_.reset();
}

// ---- Messages

void listener::receive(section& s) {
  if (!ring_ || busy_) return;
  undisturbed(s, [&] { take_messages(s); });
}

// What a message or a new connection leads to may be the end of others, and that leads here again,
// maybe by way of another listener. It must not find a message that is being handled, or an accept
// that is being served. What it came for is in gone_.
template <class F>
void listener::undisturbed(section& s, F&& f) {
  struct no_more {
    bool& busy;
    ~no_more() { busy = false; }
  } const at_the_end{busy_ = true};
  f();
  while (!gone_.empty()) {
    take_messages(s);  // what they sent before
    if (stalled_) return;
    for (connection* c : std::exchange(gone_, {}))
      c->nothing_more_comes(s);
  }
}

void listener::take_messages(section& s) {
  stalled_ = false;
  ring_message message;
  for (;;) {
    const auto state = ring_->reader().peek(message);
    if (state == ring_reader::state::broken) fail(s);
    stalled_ = state == ring_reader::state::message && !handle(s, message);
    if (state != ring_reader::state::message || stalled_) break;
    ring_->reader().pop();
  }
  if (ring_->reader().publish()) core_->space_was_freed();
}

// False when the message must stay in the ring for now.
bool listener::handle(section& s, const ring_message& message) {
  const auto header = stream_header_of(message);
  if (!header) return true;
  const request from{{message.source.domain, message.source.port},
                     header->conid,
                     (header->flags & V4V_STREAM_EXTENDED) != 0};

  const auto found = connections_.find(from.peer);
  if (found != connections_.end() && found->second->conid() == from.conid)
    return found->second->deliver(s, header->flags, message);

  if ((header->flags & V4V_STREAM_RST) != 0) {
    forget(from);
  } else if ((header->flags & V4V_STREAM_SYN) != 0) {
    // A new connection from where there is one: that one has ended without a word.
    if (found != connections_.end()) found->second->nothing_more_comes(s);
    ask(s, from);
  } else if ((header->flags & (V4V_STREAM_PING | V4V_STREAM_PONG)) == 0) {
    // For a connection that is not, or not yet. The peer is told so; an RST is never answered.
    forget(from);
    refuse(from);
  }
  return true;
}

// One request for each port of a peer: there is one ring to answer to, so the last one is meant.
void listener::ask(section& s, const request& r) {
  if (!accepting_) return refuse(r);
  for (request& other : backlog_) {
    if (other.peer != r.peer) continue;
    other = r;
    return;
  }
  core_->forget_owed(s, r.peer);
  if (accepts_.empty() && !has_place_for(r.peer.domain())) return refuse(r);
  backlog_.push_back(r);
  serve(s);
}

// Whoever asks from ports where it has no ring must not keep others out, nor who asks from very
// many ports: in a full backlog the domain with the most requests makes place for one with fewer.
bool listener::has_place_for(domain_type newcomer) {
  if (backlog_.size() < backlog_limit_) return true;
  std::erase_if(backlog_, [&](request& r) {
    // Each is asked for once, not by every newcomer; what goes later is told of.
    return !std::exchange(r.is_known_to_live, true) && !core_->exists(r.peer);
  });
  if (backlog_.size() < backlog_limit_) return true;

  std::unordered_map<domain_type, std::size_t> requests;
  for (const request& r : backlog_)
    ++requests[r.peer.domain()];
  const std::size_t its_own = requests[newcomer];
  const auto most = std::max_element(requests.begin(), requests.end(),
                                     [](auto& a, auto& b) { return a.second < b.second; });
  if (most == requests.end() || most->second < its_own + 2) return false;
  const auto last = std::find_if(backlog_.rbegin(), backlog_.rend(),
                                 [&](const request& r) { return r.peer.domain() == most->first; });
  refuse(*last);
  backlog_.erase(std::next(last).base());
  return true;
}

void listener::rings_are_gone() noexcept {
  for (request& r : backlog_)
    r.is_known_to_live = false;
}

void listener::forget(const request& r) {
  std::erase_if(backlog_, [&](const request& other) {
    return other.peer == r.peer && other.conid == r.conid;
  });
}

void listener::refuse(const request& r) {
  core_->send_once(local_, r.peer, V4V_STREAM_RST, r.conid);
}

// Gives requests to those who wait for them.
void listener::serve(section& s) {
  while (!accepts_.empty() && give_next(s, *accepts_.front())) {
    operation* op = core_->stop_waiting(accepts_);
    s.completed.push(*op);
  }
}

// False if there is none.
bool listener::give_next(section& s, operation& op) {
  while (!backlog_.empty()) {
    const request r = backlog_.front();
    backlog_.pop_front();
    auto c = connection::accept(s, core_, *this, r.peer, r.conid, r.extended);
    if (!c) continue;  // gone before it was accepted
    op.accepted = connection_handle(std::move(c));
    return op.done({});
  }
  return false;
}

// What lies in the ring makes no sense: nobody here will ever hear anything again.
void listener::fail(section& s) {
  const auto why = std::make_error_code(std::errc::protocol_error);
  accepting_ = false;
  for (const request& r : std::exchange(backlog_, {}))
    refuse(r);
  core_->complete_all(s, accepts_, why);
  while (!connections_.empty()) {
    connection& c = *connections_.begin()->second;
    refuse({c.remote(), c.conid(), false});
    c.nothing_more_comes(s);
  }
}

// ---- Connections

// There is no other: its peer's new request ended it, and one request is kept for each peer.
void listener::add(connection& c) {
  const bool alone = connections_.emplace(c.remote(), &c).second;
  assert(alone);
  static_cast<void>(alone);
}

void listener::remove(connection& c) {
  const auto found = connections_.find(c.remote());
  if (found != connections_.end() && found->second == &c) connections_.erase(found);
  std::erase(gone_, &c);
}

void listener::wait_for_the_last_of(section& s, connection& c) {
  gone_.push_back(&c);
  receive(s);
}

}  // namespace v4v::detail
