#include "v4v/detail/datagram_port.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include <asio/error.hpp>

#include "guest_core.hpp"
#include "owned_ring.hpp"
#include "remote_ring.hpp"

namespace v4v::detail {

/// The way to a ring that is full, and what waits there.
class datagram_port::route final : public sender, public std::enable_shared_from_this<route> {
 public:
  route(datagram_port& from, const endpoint& to) noexcept : from_(from), to_(to) {}

  bool resume_sending(section& s) override {
    while (operation* op = sends.front()) {
      if (!op->perform(from_)) {
        space_needed_ = from_.space_needed_;
        return false;
      }
      from_.core_->stop_waiting(sends);
      s.completed.push(*op);
    }
    return true;
  }

  [[nodiscard]] const endpoint& to() const noexcept { return to_; }

  operation_queue sends;

 private:
  std::shared_ptr<sender> self() noexcept override { return shared_from_this(); }
  bool only_a_thread_waits() const noexcept override {
    return sends.has_one_that_blocks_a_thread();
  }
  void all_was_sent(section& s) override { from_.end(s, shared_from_this()); }
  void peer_ring_is_gone(section& s) override {
    from_.core_->complete_all(s, sends, asio::error::connection_refused);
    from_.end(s, shared_from_this());
  }
  void peer_begins_anew(section&) override {}
  void guest_ends() noexcept override { peer_ = nullptr; }

  datagram_port& from_;  // which has it in its routes
  const endpoint to_;
};

datagram_port::datagram_port(std::shared_ptr<guest_core> core, const endpoint& local,
                             std::unique_ptr<owned_ring> ring)
    : core_(std::move(core)), local_(local), ring_(std::move(ring)) {}

datagram_port::~datagram_port() = default;

std::shared_ptr<datagram_port> datagram_port::open(const std::shared_ptr<guest_core>& core,
                                                   port_type port, std::size_t ring_size,
                                                   std::error_code& ec) {
  std::shared_ptr<datagram_port> p;
  core->locked([&](section&) {
    ec = asio::error::bad_descriptor;
    if (core->is_closed()) return;
    auto ring = core->open_ring(port, any_domain, ring_size, ec);
    if (ec == std::errc::file_exists) ec = asio::error::address_in_use;
    if (!ring) return;
    const endpoint local{core->domain(), ring->port()};
    p.reset(new datagram_port(core, local, std::move(ring)));
    p->ring_->watch(p);
    core->add(p);
  });
  return p;
}

// ---- For sockets

void datagram_port::start_receive(operation& op) {
  core_->locked([&](section& s) {
    if (receives_.empty() && op.perform(*this)) return s.completed.push(op);
    if (!ring_) return s.complete(op, asio::error::bad_descriptor);
    core_->wait(receives_, op);
  });
}

bool datagram_port::attempt_receive(operation& op) {
  bool over = false;
  core_->locked([&](section&) { over = receives_.empty() && op.perform(*this); });
  return over;
}

void datagram_port::start_send(operation& op, const endpoint& to) {
  core_->locked([&](section& s) {
    auto found = routes_.find(to);
    if (found == routes_.end()) {
      if (op.perform(*this)) return s.completed.push(op);
      auto way = std::make_shared<route>(*this, to);
      if (!core_->attach(s, *way, to)) return s.complete(op, asio::error::connection_refused);
      found = routes_.emplace(to, std::move(way)).first;
    }
    const auto way = found->second;
    const bool is_first = way->sends.empty();
    core_->wait(way->sends, op);
    if (!is_first) return;
    // Once more: the question whether the ring is there has replaced what was waited for.
    if (way->resume_sending(s)) {
      end(s, way);
    } else {
      core_->block(*way);
    }
  });
}

bool datagram_port::attempt_send(operation& op, const endpoint& to) {
  bool over = false;
  core_->locked([&](section&) { over = !routes_.contains(to) && op.perform(*this); });
  return over;
}

void datagram_port::cancel() {
  core_->locked([&](section& s) {
    core_->complete_all(s, receives_, asio::error::operation_aborted);
    for (const auto& [to, way] : std::unordered_map(routes_)) {
      core_->complete_all(s, way->sends, asio::error::operation_aborted);
      end(s, way);
    }
  });
}

void datagram_port::cancel(std::uint64_t id) {
  core_->locked([&](section& s) {
    if (operation* op = core_->stop_waiting(receives_, id))
      return s.complete(*op, asio::error::operation_aborted);
    for (const auto& [to, way] : routes_) {
      operation* const op = core_->stop_waiting(way->sends, id);
      if (op == nullptr) continue;
      s.complete(*op, asio::error::operation_aborted);
      if (way->sends.empty()) end(s, way);
      return;
    }
  });
}

void datagram_port::close() {
  core_->locked([&](section& s) { close(s); });
}

void datagram_port::close(section& s) {
  if (!ring_) return;
  const auto self = shared_from_this();
  core_->complete_all(s, receives_, asio::error::operation_aborted);
  while (!routes_.empty()) {
    const auto way = routes_.begin()->second;
    core_->complete_all(s, way->sends, asio::error::operation_aborted);
    end(s, way);
  }
  ring_.reset();
  core_->remove(self);
}

void datagram_port::connect(const endpoint& peer) {
  core_->locked([&](section&) { peer_ = peer; });
}

std::optional<endpoint> datagram_port::peer() const {
  return core_->peek([&] { return peer_; });
}

bool datagram_port::is_open() const {
  return core_->peek([&] { return ring_ != nullptr; });
}

// ---- For operations

bool datagram_port::receive_from(const datagram_space& buffers, endpoint& source, operation& op) {
  ring_message message;
  if (!next(message, op)) return false;
  if (op.error) return true;
  source = {message.source.domain, message.source.port};
  std::size_t n = 0;
  for (const auto& pieces : buffers.parts()) {
    for (const auto& piece : pieces) {
      const auto part = std::min(piece.size(), message.size() - n);
      message.copy(n, piece.data(), part);
      n += part;
    }
  }
  const bool fits = n == message.size();
  ring_->pop();
  if (ring_->publish()) core_->space_was_freed();
  return op.done(fits ? std::error_code{} : asio::error::message_size, n);
}

bool datagram_port::wait_for_message(operation& op) {
  ring_message message;
  return next(message, op);
}

// Shows the first datagram, past what is none or is not from the peer. Also true, with the error in
// `op`, when there will never be one.
bool datagram_port::next(ring_message& message, operation& op) {
  if (!ring_) return op.done(asio::error::bad_descriptor);
  for (;;) {
    switch (ring_->reader().peek(message)) {
      case ring_reader::state::empty:
        if (ring_->publish()) core_->space_was_freed();
        return false;
      case ring_reader::state::broken:
        return op.done(std::make_error_code(std::errc::protocol_error));
      case ring_reader::state::message:
        break;
    }
    const endpoint source{message.source.domain, message.source.port};
    if (message.type == V4V_MESSAGE_DGRAM && (!peer_ || source == *peer_)) return op.done({});
    ring_->pop();
  }
}

bool datagram_port::send_to(datagram_vector& data, const endpoint& to, operation& op) {
  if (!ring_) return op.done(asio::error::bad_descriptor);
  const v4v_send_addr address{{local_.port(), local_.domain(), 0}, {to.port(), to.domain(), 0}};
  if (!data.fits()) return op.done(asio::error::message_size);
  core_->has_sent();
  const long r = core_->link().sendv(address, data.pieces(core_->max_sendv()), V4V_MESSAGE_DGRAM);
  if (r >= 0) return op.done({}, data.bytes());
  switch (r) {
    case -EAGAIN:
      space_needed_ = static_cast<std::uint32_t>(data.bytes());
      return false;
    case -EMSGSIZE:
      return op.done(asio::error::message_size);
    case -ECONNREFUSED:
      return op.done(asio::error::connection_refused);
    default:
      return op.done({static_cast<int>(-r), std::system_category()});
  }
}

// ---- For the guest

void datagram_port::receive(section& s) {
  while (operation* op = receives_.front()) {
    if (!op->perform(*this)) return;
    core_->stop_waiting(receives_);
    s.completed.push(*op);
  }
}

// Nothing waits there any more.
void datagram_port::end(section& s, const std::shared_ptr<route>& r) {
  core_->detach(s, *r);
  routes_.erase(endpoint(r->to()));
}

}  // namespace v4v::detail
