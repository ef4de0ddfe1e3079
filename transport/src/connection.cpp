#include "v4v/detail/connection.hpp"

#include <algorithm>
#include <cerrno>

#include <asio/error.hpp>

#include "byte_queue.hpp"
#include "guest_core.hpp"
#include "owned_ring.hpp"
#include "remote_ring.hpp"
#include "stream_message.hpp"
#include "v4v/detail/listener.hpp"

namespace v4v::detail {
namespace {

constexpr auto header_size = static_cast<std::uint32_t>(sizeof(v4v_stream_header));

// A write is cut to half of what the peer's ring can take at once, so that the peer reads one half
// while the other is written.
std::size_t longest_write(const remote_ring& peer, std::size_t max_send_size) noexcept {
  const std::size_t half = std::min<std::size_t>(peer.max_payload / 2, max_send_size);
  return half > header_size ? half - header_size : 0;
}

std::unique_ptr<owned_ring> open_ring(guest_core& core, const endpoint& peer, std::size_t ring_size,
                                      port_type& port, std::error_code& ec) {
  // Only this domain's own streams take ports from this range; one that wrapped around may still be
  // in use. There are fewer rings than this in a domain.
  for (int tries = 0; tries < 4096; ++tries) {
    port = core.next_port();
    ec.clear();
    auto ring = owned_ring::open(core.link(), port, peer.domain(), ring_size, ec);
    if (ec != std::errc::file_exists) return ring;
  }
  return nullptr;
}

}  // namespace

connection::connection(std::shared_ptr<guest_core> core, const endpoint& local,
                       const endpoint& remote, std::uint32_t conid)
    : core_(std::move(core)), local_(local), remote_(remote), conid_(conid) {}

connection::~connection() = default;

void connection_handle::reset() noexcept {
  if (const auto c = std::exchange(connection_, nullptr)) c->close();
}

std::shared_ptr<connection> connection::create(const std::shared_ptr<guest_core>& core,
                                               const endpoint& peer, std::size_t ring_size,
                                               std::error_code& ec) {
  std::shared_ptr<connection> c;
  core->locked([&](section&) {
    ec = asio::error::bad_descriptor;
    if (core->is_closed()) return;
    port_type port = 0;
    auto ring = open_ring(*core, peer, ring_size, port, ec);
    if (!ring) return;
    c.reset(new connection(core, {core->domain(), port}, peer, core->random_conid()));
    c->ring_ = std::move(ring);
    core->add(c);
  });
  return c;
}

std::shared_ptr<connection> connection::accept(section& s, const std::shared_ptr<guest_core>& core,
                                               listener& l, const endpoint& peer,
                                               std::uint32_t conid) {
  std::shared_ptr<connection> c(new connection(core, l.local(), peer, conid));
  // Whatever runs out of memory here leaves a connection that nobody holds, and that ends with the
  // guest.
  c->queue_ = std::make_unique<byte_queue>();
  core->add(c);
  if (!core->attach(s, *c, peer)) {
    core->remove(*c);
    return nullptr;
  }
  c->state_ = state::established;
  l.add(*c);
  c->listener_ = &l;
  c->owed_ = V4V_STREAM_ACK;
  if (!c->resume_sending(s)) core->block(*c);
  if (!c->peer_gone_) return c;
  c->close(s);
  return nullptr;
}

// ---- For streams

void connection::start_connect(operation& op) {
  core_->locked([&](section& s) {
    if (state_ == state::closed) return s.complete(op, asio::error::bad_descriptor);
    core_->wait(connects_, op);
    if (core_->attach(s, *this, remote_)) {
      owed_ = V4V_STREAM_SYN;
      if (!resume_sending(s)) core_->block(*this);
    } else {
      lose(asio::error::connection_refused);
    }
    settle(s);
  });
}

void connection::start_read(operation& op) {
  core_->locked([&](section& s) {
    if (reads_.empty() && op.perform(*this)) {
      s.completed.push(op);
    } else {
      core_->wait(reads_, op);
    }
    // The listener's ring is where more would be, or where messages wait for room in the queue.
    if (listener_ != nullptr && (!reads_.empty() || listener_->is_stalled())) listener_->receive(s);
    settle(s);
  });
}

void connection::start_write(operation& op) {
  core_->locked([&](section& s) {
    if (ring_) look_ahead(s);
    const bool others_wait = peer_ != nullptr && !peer_->blocked.empty();
    if (writes_.empty() && (!others_wait || state_ != state::established) && op.perform(*this)) {
      s.completed.push(op);
    } else {
      core_->wait(writes_, op);
      if (!blocked_) core_->block(*this);
    }
  });
}

void connection::cancel() {
  core_->locked([&](section& s) {
    if (state_ == state::closed) return;
    if (!connects_.empty()) return close(s);
    core_->complete_all(s, reads_, asio::error::operation_aborted);
    core_->complete_all(s, writes_, asio::error::operation_aborted);
    unblock_if_idle(s);
  });
}

void connection::cancel(std::uint64_t id) {
  core_->locked([&](section& s) {
    operation* op = core_->stop_waiting(connects_, id);
    const bool connecting = op != nullptr;
    if (op == nullptr) op = core_->stop_waiting(reads_, id);
    if (op == nullptr) op = core_->stop_waiting(writes_, id);
    if (op == nullptr) return;
    s.complete(*op, asio::error::operation_aborted);
    if (connecting) return close(s);
    unblock_if_idle(s);
  });
}

void connection::close() {
  core_->locked([&](section& s) { close(s); });
}

bool connection::is_open() const {
  return core_->peek([&] { return state_ != state::closed; });
}

// ---- Receiving

bool connection::read_some(const receive_vector& buffers, operation& op) {
  if (buffers.pieces().empty()) return op.done({});
  if (const std::size_t n = take(buffers.pieces()); n != 0) return op.done({}, n);
  switch (state_) {
    case state::connecting:
      return op.done(asio::error::not_connected);
    case state::established:
      return false;
    case state::ended:
      return op.done(asio::error::eof);
    case state::lost:
      return op.done(lost_because_);
    case state::closed:
      break;
  }
  return op.done(asio::error::bad_descriptor);
}

std::size_t connection::take(std::span<const asio::mutable_buffer> pieces) {
  if (ring_) return take_from_ring(pieces);
  std::size_t total = 0;
  for (const auto& piece : pieces) {
    std::size_t n = queue_ ? queue_->take(piece.data(), piece.size()) : 0;
    if (n < piece.size() && arriving_ != nullptr) {
      const auto more = std::min(piece.size() - n, arriving_->size() - taken_);
      arriving_->copy(taken_, static_cast<std::byte*>(piece.data()) + n, more);
      taken_ += more;
      n += more;
    }
    total += n;
    if (n < piece.size()) break;
  }
  return total;
}

std::size_t connection::take_from_ring(std::span<const asio::mutable_buffer> pieces) {
  std::size_t total = 0;
  ring_message message;
  auto piece = pieces.begin();
  std::size_t filled = 0;  // bytes of *piece
  while (piece != pieces.end() && next_data(message)) {
    if (taken_ == 0) taken_ = header_size;
    const auto n = std::min(piece->size() - filled, message.size() - taken_);
    message.copy(taken_, static_cast<std::byte*>(piece->data()) + filled, n);
    total += n;
    taken_ += n;
    filled += n;
    if (taken_ == message.size()) {
      ring_->reader().pop();
      taken_ = 0;
    }
    if (filled == piece->size()) {
      ++piece;
      filled = 0;
    }
  }
  if (ring_->reader().publish()) core_->space_was_freed();
  return total;
}

// Shows the first data message of the ring, past all others, which it handles. False when there is
// none, or when the state changes: what that means comes before what is behind it in the ring.
bool connection::next_data(ring_message& message) {
  if (state_ != state::connecting && state_ != state::established) return false;
  for (const state before = state_; state_ == before;) {
    switch (ring_->reader().peek(message)) {
      case ring_reader::state::empty:
        if (peer_gone_) lose(asio::error::connection_reset);
        return false;
      case ring_reader::state::broken:
        lose(std::make_error_code(std::errc::protocol_error));
        return false;
      case ring_reader::state::message:
        break;
    }
    const auto header = stream_header_of(message);
    const bool ours = header && header->conid == conid_ && message.source.port == remote_.port();
    if (ours && header->flags == 0 && state_ == state::established) return true;
    const bool was_answered = ring_->reader().first_was_shown();
    ring_->reader().pop();
    if (!ours || header->flags == 0) continue;
    if ((header->flags & V4V_STREAM_PING) != 0 && !was_answered) answer_ping();
    on_control(header->flags);
  }
  return false;
}

// What the peer says besides data must not wait for the data to be read: a writer that never reads
// has to learn that nobody listens any more.
void connection::look_ahead(section& s) {
  ring_message message;
  while (ring_->reader().look_ahead(message)) {
    const auto header = stream_header_of(message);
    if (!header || header->conid != conid_ || message.source.port != remote_.port()) continue;
    if ((header->flags & V4V_STREAM_PING) != 0) answer_ping();
    if ((header->flags & V4V_STREAM_RST) != 0) rst_lies_ahead_ = true;
  }
  if (!rst_lies_ahead_) return;
  core_->complete_all(s, writes_, asio::error::connection_reset);
  unblock_if_idle(s);
}

// Once, and not at all when it does not fit: a peer that asks whether we live asks again, and must
// not make us keep anything for it.
void connection::answer_ping() noexcept {
  if (peer_ != nullptr) core_->send_once(local_, remote_, V4V_STREAM_PONG, conid_);
}

void connection::on_control(std::uint32_t flags) {
  if ((flags & V4V_STREAM_RST) != 0) {
    if (state_ == state::connecting) lost_because_ = asio::error::connection_refused;
    state_ = state::ended;
  } else if ((flags & V4V_STREAM_ACK) != 0) {
    if (state_ == state::connecting) state_ = state::established;
  }
}

void connection::receive(section& s) {
  if (ring_ && state_ == state::connecting) {
    ring_message message;
    static_cast<void>(next_data(message));
    if (ring_->reader().publish()) core_->space_was_freed();
    settle(s);
  }
  if (!ring_) return;
  finish_reads(s);
  if (reads_.empty() && state_ == state::established) look_ahead(s);
  settle(s);
}

bool connection::deliver(section& s, std::uint32_t flags, const ring_message& message) {
  if (flags != 0) {
    if ((flags & V4V_STREAM_PING) != 0) answer_ping();
    on_control(flags);
    settle(s);
    return true;
  }
  if (queue_->size() != 0 && queue_->size() + message.size() > listener_->queue_limit())
    return false;
  arriving_ = &message;
  taken_ = header_size;
  finish_reads(s);
  if (taken_ < message.first.size()) queue_->append(message.first.subspan(taken_));
  const auto into_second = taken_ - std::min(taken_, message.first.size());
  queue_->append(message.second.subspan(into_second));
  arriving_ = nullptr;
  taken_ = 0;
  return true;
}

void connection::finish_reads(section& s) {
  while (operation* op = reads_.front()) {
    if (!op->perform(*this)) break;
    core_->stop_waiting(reads_);
    s.completed.push(*op);
  }
}

void connection::lose(std::error_code why) noexcept {
  state_ = state::lost;
  lost_because_ = why;
}

void connection::peer_is_gone(section& s) {
  peer_gone_ = true;
  core_->detach(s, *this);
  core_->complete_all(s, writes_, asio::error::connection_reset);
  if (listener_ != nullptr) {
    listener_->wait_for_the_last_of(s, *this);
  } else {
    receive(s);
  }
}

void connection::nothing_more_comes(section& s) {
  lose(asio::error::connection_reset);
  settle(s);
}

// What a new state means for everybody who waits, and for what the connection holds.
void connection::settle(section& s) {
  switch (state_) {
    case state::connecting:
      return;
    case state::established:
      return core_->complete_all(s, connects_, {});
    case state::ended:
    case state::lost:
      break;
    case state::closed:
      return;
  }
  const bool never_connected = !connects_.empty();
  core_->complete_all(s, connects_, lost_because_);
  core_->complete_all(s, writes_, asio::error::connection_reset);
  finish_reads(s);
  owed_ = 0;
  core_->detach(s, *this);
  if (listener_ != nullptr) std::exchange(listener_, nullptr)->remove(*this);
  if (never_connected) close(s);
}

// ---- Sending

long connection::send(std::span<const v4v_iov> iov) noexcept {
  const v4v_send_addr address{{local_.port(), local_.domain(), 0},
                              {remote_.port(), remote_.domain(), 0}};
  return core_->link().sendv(address, iov, V4V_MESSAGE_STREAM);
}

bool connection::write_some(send_vector& data, operation& op) {
  if (data.bytes() == 0) return op.done({});
  if (state_ == state::connecting) return op.done(asio::error::not_connected);
  if (state_ == state::closed) return op.done(asio::error::bad_descriptor);
  if (state_ != state::established || peer_ == nullptr || rst_lies_ahead_)
    return op.done(asio::error::connection_reset);
  const std::size_t limit = longest_write(*peer_, core_->max_send_size());
  if (limit == 0) return op.done(std::make_error_code(std::errc::message_size));
  const v4v_stream_header header{0, conid_};
  const long r = send(data.finish(header, limit, core_->max_sendv()));
  if (r >= 0) return op.done({}, data.bytes());
  if (r == -EAGAIN) {
    space_needed_ = header_size + static_cast<std::uint32_t>(data.bytes());
    return false;
  }
  // A size that does not fit means that the ring is another one than it was.
  if (r == -ECONNREFUSED || r == -EMSGSIZE) return op.done(asio::error::connection_reset);
  return op.done({static_cast<int>(-r), std::system_category()});
}

// Control messages, in the order in which they make sense to the peer.
connection::sent connection::send_owed() noexcept {
  for (const std::uint32_t flag : {V4V_STREAM_SYN, V4V_STREAM_ACK, V4V_STREAM_RST}) {
    if ((owed_ & flag) == 0) continue;
    const v4v_stream_header header{flag, conid_};
    const v4v_iov iov{reinterpret_cast<std::uintptr_t>(&header), header_size, 0};
    const long r = send({&iov, 1});
    if (r == -EAGAIN) {
      space_needed_ = header_size;
      return sent::blocked;
    }
    if (r < 0) {
      owed_ = 0;
      return sent::lost;
    }
    owed_ &= ~flag;
  }
  return sent::all;
}

bool connection::resume_sending(section& s) {
  switch (send_owed()) {
    case sent::blocked:
      return false;
    case sent::lost:
      if (state_ == state::connecting) lose(asio::error::connection_refused);
      if (state_ == state::established) peer_gone_ = true;
      break;
    case sent::all:
      break;
  }
  while (operation* op = writes_.front()) {
    if (!op->perform(*this)) return false;
    core_->stop_waiting(writes_);
    s.completed.push(*op);
  }
  return true;
}

void connection::unblock_if_idle(section& s) {
  if (blocked_ && writes_.empty() && owed_ == 0) core_->unblock(s, *this);
}

void connection::close(section& s) {
  if (state_ == state::closed) return;
  core_->complete_all(s, connects_, asio::error::operation_aborted);
  core_->complete_all(s, reads_, asio::error::operation_aborted);
  core_->complete_all(s, writes_, asio::error::operation_aborted);

  // The peer of a SYN that never left has nothing to be told.
  const bool known_to_peer = peer_ != nullptr && (owed_ & V4V_STREAM_SYN) == 0;
  state_ = state::closed;
  owed_ = known_to_peer ? owed_ | V4V_STREAM_RST : 0;
  const bool rest_is_owed = send_owed() == sent::blocked;
  if (ring_) {
    // Should the RST not have fitted, then the end of this ring tells the peer: it is the ring's
    // partner and gets an event.
    ring_.reset();
    owed_ = 0;
  }
  if (listener_ != nullptr) {
    listener_->remove(*this);
    if (listener_->is_stalled()) listener_->receive(s);  // maybe for room in this queue
  }
  if (rest_is_owed && owed_ != 0) {
    // The ring must not go before the RST: its end would look like the end of this domain.
    if (listener_ != nullptr) listener_->keep_for_rst();
    if (!blocked_) core_->block(*this);
  } else {
    listener_ = nullptr;
    core_->detach(s, *this);
  }
  core_->remove(*this);
}

void connection::rst_is_settled() noexcept {
  owed_ = 0;
  if (listener_ != nullptr) std::exchange(listener_, nullptr)->rst_is_settled();
}

}  // namespace v4v::detail
