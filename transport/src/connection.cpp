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
    auto ring = core->open_ring(V4V_PORT_ANY, peer.domain(), ring_size, ec);
    if (!ring) return;
    const endpoint local{core->domain(), ring->port()};
    c.reset(new connection(core, local, peer, core->random_conid()));
    c->ring_ = std::move(ring);
    c->ring_->watch(c);
    core->add(c);
  });
  return c;
}

std::shared_ptr<connection> connection::accept(section& s, const std::shared_ptr<guest_core>& core,
                                               listener& l, const endpoint& peer,
                                               std::uint32_t conid, bool extended) {
  std::shared_ptr<connection> c(new connection(core, l.local(), peer, conid));
  if (extended) {
    std::error_code none_left;
    c->ring_ = core->open_ring(V4V_PORT_ANY, peer.domain(), l.stream_ring_size(), none_left);
    c->extended_ = c->ring_ != nullptr;
    if (c->ring_) c->data_port_ = c->ring_->port();
  }
  // Whatever runs out of memory here leaves a connection that nobody holds, and that ends with the
  // guest.
  if (c->ring_) {
    c->ring_->watch(c);
  } else {
    c->queue_ = std::make_unique<byte_queue>();
  }
  core->add(c);
  if (!core->attach(s, *c, peer)) {
    c->ring_.reset();
    core->remove(*c);
    return nullptr;
  }
  c->state_ = state::established;
  if (!c->ring_) {
    l.add(*c);
    c->listener_ = &l;
  }
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
    if (no_write_may_begin()) return s.complete(op, asio::error::broken_pipe);
    const bool others_wait = peer_ != nullptr && !peer_->blocked.empty();
    if (writes_.empty() && (!others_wait || state_ != state::established) && op.perform(*this)) {
      s.completed.push(op);
    } else {
      core_->wait(writes_, op);
      if (!blocked_) core_->block(*this);
    }
  });
}

bool connection::attempt_read(operation& op) {
  bool over = false;
  core_->locked([&](section& s) {
    if (!reads_.empty()) return;
    over = op.perform(*this);
    // The same as in start_read().
    if (listener_ != nullptr && (!over || listener_->is_stalled())) listener_->receive(s);
    if (!over) over = op.perform(*this);
    settle(s);
  });
  return over;
}

bool connection::attempt_write(operation& op) {
  bool over = false;
  core_->locked([&](section& s) {
    if (ring_) look_ahead(s);
    if (no_write_may_begin()) {
      over = op.done(asio::error::broken_pipe);
    } else if (writes_.empty() && (peer_ == nullptr || peer_->blocked.empty())) {
      over = op.perform(*this);
    }
  });
  return over;
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

std::size_t connection::send_buffer_size() const {
  return core_->peek([&]() -> std::size_t { return peer_ != nullptr ? peer_->max_payload : 0; });
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
  if (listener_ != nullptr) {
    // The ring must not go before the RST: its end would look like the end of this domain. To be
    // said first: what is found in the ring may settle the matter.
    if (rest_is_owed) listener_->keep_for_rst();
    listener_->remove(*this);
    if (listener_->is_stalled()) listener_->receive(s);  // maybe for room in this queue
  }
  if (rest_is_owed && owed_ != 0) {
    if (ring_) drop_messages();
    if (!blocked_) core_->block(*this);
  } else {
    listener_ = nullptr;
    ring_.reset();
    core_->detach(s, *this);
    core_->remove(*this);
  }
}

// The RST that a closed connection still owed has been sent, or there is nobody to send it to.
void connection::rst_is_settled(section& s) {
  drop_owed();
  core_->detach(s, *this);
  core_->remove(*this);
}

void connection::drop_owed() noexcept {
  owed_ = 0;
  if (listener_ != nullptr) std::exchange(listener_, nullptr)->rst_is_settled();
  ring_.reset();
}

void connection::shutdown(bool receiving, bool sending, std::error_code& ec) {
  core_->locked([&](section& s) {
    ec.clear();
    if (state_ == state::closed) {
      ec = asio::error::bad_descriptor;
    } else if (state_ != state::established) {
      ec = asio::error::not_connected;
    } else if (sending && !extended_) {
      ec = asio::error::operation_not_supported;
    }
    if (ec) return;
    if (receiving) {
      inbound_ = inbound::unwanted;
      drop_what_came(s);
      finish_reads(s);
    }
    if (!sending || no_write_may_begin()) return;
    outbound_ = nobody_hears() ? outbound::ended : outbound::ending;
    if (outbound_ == outbound::ended) return;
    if (!blocked_ && !resume_sending(s)) core_->block(*this);
  });
}

}  // namespace v4v::detail
