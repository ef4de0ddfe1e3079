// The receiving half of a connection.

#include <algorithm>
#include <memory>
#include <utility>

#include <asio/error.hpp>
#include <asio/post.hpp>

#include "byte_queue.hpp"
#include "guest_core.hpp"
#include "owned_ring.hpp"
#include "remote_ring.hpp"
#include "stream_message.hpp"
#include "v4v/detail/connection.hpp"
#include "v4v/detail/listener.hpp"
#include "view_holder.hpp"

namespace v4v::detail {

bool connection::read_some(const receive_vector& buffers, operation& op) {
  if (buffers.pieces().empty()) return op.done({});
  if (const std::size_t n = take(buffers.pieces()); n != 0) return op.done({}, n);
  return nothing_to_read(op);
}

bool connection::take_message(message_view& view, operation& op) {
  ring_message message;
  if (ring_ && next_data(message)) {
    view = ring_->take(core_, message, std::max<std::size_t>(taken_, stream_header_size));
    taken_ = 0;
    if (ring_->publish()) core_->space_was_freed();
    return op.done({}, view.size());
  }
  const std::size_t queued = queue_ ? queue_->size() : 0;
  if (const auto n = queued + (arriving_ != nullptr ? arriving_->size() - taken_ : 0); n != 0) {
    auto copy = std::make_unique<copied_bytes>(n);
    const asio::mutable_buffer bytes(copy->bytes.data(), n);
    take({&bytes, 1});
    view = message_view(bytes, {}, std::move(copy));
    return op.done({}, n);
  }
  return nothing_to_read(op);
}

bool connection::read_or_take(const receive_vector& buffers, std::size_t long_message,
                              message_view& view, operation& op) {
  if (const std::size_t n = take(buffers.pieces(), long_message); n != 0) return op.done({}, n);
  ring_message message;
  if (!ring_ || !next_data(message)) return nothing_to_read(op);
  if (!take_message(view, op)) return false;
  op.bytes = 0;
  return true;
}

// False when it is to be waited for.
bool connection::nothing_to_read(operation& op) {
  if (inbound_ != inbound::open && state_ != state::closed) return op.done(asio::error::eof);
  switch (state_) {
    case state::connecting:
      return op.done(asio::error::not_connected);
    case state::established:
      if (ring_) give_room(op.blocks_a_thread);
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

// To be done before waiting. A peer with the plain protocol may wait, too: for room for a message
// as long as the ring. Views that hold too much are likely to go soon, since who waits for more has
// often just been given them; so there is some time for that, unless nobody may come back to it.
void connection::give_room(bool at_once) {
  if (extended_ ? ring_->publish_much() : ring_->publish_all()) core_->space_was_freed();
  if (!extended_ || !ring_->views_hold_too_much()) return;
  if (at_once) {
    make_room();
  } else if (!std::exchange(will_make_room_, true)) {
    asio::post(core_->context(), [self = shared_from_this()] {
      self->core_->locked([&](section&) {
        self->will_make_room_ = false;
        if (!self->reads_.empty()) self->make_room();
      });
    });
  }
}

void connection::make_room() noexcept {
  if (ring_ && ring_->make_room()) core_->space_was_freed();
}

bool connection::wait_for_bytes(operation& op) {
  if (state_ == state::connecting) return op.done(asio::error::not_connected);
  if (state_ == state::closed) return op.done(asio::error::bad_descriptor);
  ring_message message;
  const bool arrives = arriving_ != nullptr && taken_ < arriving_->size();
  const bool there = ring_ ? next_data(message) : queue_->size() != 0 || arrives;
  if (ring_ && !there) give_room(op.blocks_a_thread);
  // Or a read would not wait for another reason: there is an end to be told.
  return there || inbound_ != inbound::open || state_ != state::established ? op.done({}) : false;
}

// Up to the first message of which `shorter` bytes or more are left, if that is in a ring of our
// own.
std::size_t connection::take(std::span<const asio::mutable_buffer> pieces, std::size_t shorter) {
  if (ring_) return take_from_ring(pieces, shorter);
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

std::size_t connection::take_from_ring(std::span<const asio::mutable_buffer> pieces,
                                       std::size_t shorter) {
  std::size_t total = 0;
  ring_message message;
  auto piece = pieces.begin();
  std::size_t filled = 0;  // bytes of *piece
  while (piece != pieces.end() && next_data(message)) {
    const std::size_t left = message.size() - std::max<std::size_t>(taken_, stream_header_size);
    if (left >= shorter) break;
    if (taken_ == 0) taken_ = stream_header_size;
    const auto n = std::min(piece->size() - filled, left);
    message.copy(taken_, static_cast<std::byte*>(piece->data()) + filled, n);
    total += n;
    taken_ += n;
    filled += n;
    if (taken_ == message.size()) {
      ring_->pop();
      taken_ = 0;
    }
    if (filled == piece->size()) {
      ++piece;
      filled = 0;
    }
  }
  if (extended_ ? ring_->publish_much() : ring_->publish()) core_->space_was_freed();
  return total;
}

// Shows the first message of the ring that brings bytes, past all others, which it handles. False
// when there is none, or when the state changes: what that means comes before what is behind it in
// the ring.
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
    const bool data = ours && is_data(header->flags);
    const bool is_heard = state_ == state::established && inbound_ == inbound::open;
    if (data && is_heard && message.size() > stream_header_size) return true;
    const bool was_answered = ring_->reader().first_was_shown();
    if (ours && !data) {
      if ((header->flags & V4V_STREAM_PING) != 0 && !was_answered) answer_ping();
      on_control(header->flags, message);
    }
    ring_->pop();
    taken_ = 0;
  }
  return false;
}

bool connection::is_data(std::uint32_t flags) const noexcept {
  return (flags & (extended_ ? control_flags | V4V_STREAM_FIN : control_flags)) == 0;
}

// What the peer says besides data must not wait for the data to be read: a writer that never reads
// has to learn that nobody listens any more.
void connection::look_ahead(section& s) {
  ring_message message;
  while (!rst_lies_ahead_ && ring_->reader().look_ahead(message)) {
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
  if (peer_ != nullptr) core_->send_once(local_, peer_->address, V4V_STREAM_PONG, conid_);
}

void connection::on_control(std::uint32_t flags, const ring_message& message) {
  if ((flags & V4V_STREAM_RST) != 0) {
    if (state_ == state::connecting) lost_because_ = asio::error::connection_refused;
    state_ = state::ended;
  } else if ((flags & V4V_STREAM_ACK) != 0 && state_ == state::connecting) {
    state_ = state::established;
    if ((flags & V4V_STREAM_EXTENDED) != 0) data_port_ = data_port_of(message);
    extended_ = data_port_ != V4V_PORT_ANY;
  } else if ((flags & V4V_STREAM_FIN) != 0 && extended_) {
    inbound_ = std::max(inbound_, inbound::ended);
  }
}

// From now on this end sends to the ring that the other one made for it.
void connection::take_up_data_port(section& s) {
  const endpoint address{remote_.domain(), std::exchange(data_port_, V4V_PORT_ANY)};
  core_->detach(s, *this);
  if (!core_->attach(s, *this, address)) peer_gone_ = true;  // ended already; its words are here
}

// After shutdown of the receiving side: nothing in the ring may hold up the peer.
void connection::drop_what_came(section& s) {
  if (queue_) queue_->clear();
  if (!ring_) return;
  ring_message message;
  static_cast<void>(next_data(message));  // which drops data by now, and heeds the rest
  taken_ = 0;
  give_room(true);
  settle(s);
}

// All of them, whatever they say: this end is closed.
void connection::drop_messages() noexcept {
  ring_message message;
  while (ring_->reader().peek(message) == ring_reader::state::message)
    ring_->pop();
  if (ring_->publish_all()) core_->space_was_freed();
}

void connection::receive(section& s) {
  if (ring_ && state_ == state::connecting) {
    ring_message message;
    static_cast<void>(next_data(message));
    if (ring_->publish()) core_->space_was_freed();
    settle(s);
  }
  if (!ring_) return;
  if (state_ == state::closed) return end_if_peer_still_sends(s);
  if (inbound_ == inbound::unwanted) return drop_what_came(s);
  finish_reads(s);
  if (reads_.empty() && state_ == state::established) look_ahead(s);
  settle(s);
}

// Closed, but the RST does not fit into the peer's ring yet. A peer that sends meanwhile instead of
// reading would wait for ever, for nobody reads here: it learns by the end of this ring.
void connection::end_if_peer_still_sends(section& s) {
  ring_message message;
  if (ring_->reader().peek(message) == ring_reader::state::empty) return;
  rst_is_settled(s);
}

bool connection::deliver(section& s, std::uint32_t flags, const ring_message& message) {
  if (!is_data(flags)) {
    if ((flags & V4V_STREAM_PING) != 0) answer_ping();
    on_control(flags, message);
    settle(s);
    return true;
  }
  if (inbound_ == inbound::unwanted) return true;
  if (queue_->size() != 0 && queue_->size() + message.size() > listener_->queue_limit())
    return false;
  arriving_ = &message;
  taken_ = stream_header_size;
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

// Bytes that came before are still delivered.
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
      if (data_port_ != V4V_PORT_ANY && !connects_.empty()) take_up_data_port(s);
      core_->complete_all(s, connects_, {});
      if (inbound_ != inbound::open) finish_reads(s);
      return;
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

}  // namespace v4v::detail
