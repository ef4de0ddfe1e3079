// The sending half of a connection.

#include <algorithm>
#include <cerrno>

#include <asio/error.hpp>

#include "guest_core.hpp"
#include "remote_ring.hpp"
#include "stream_message.hpp"
#include "v4v/detail/connection.hpp"

namespace v4v::detail {
namespace {

// A write of `bytes` is cut to half of what the peer's ring can take at once, so that the peer
// reads one half while the other is written. But one of some more is left whole: it can be received
// where it lies, as two parts could not.
std::size_t longest_write(const remote_ring& peer, std::size_t max_send_size,
                          std::size_t bytes) noexcept {
  const std::size_t half = std::min<std::size_t>(peer.max_payload / 2, max_send_size);
  if (half <= stream_header_size) return 0;
  const std::size_t more = std::min<std::size_t>(peer.max_payload / 8 * 5, max_send_size);
  return (stream_header_size + bytes <= more ? more : half) - stream_header_size;
}

}  // namespace

long connection::send(std::span<const v4v_iov> iov) noexcept {
  const endpoint& to = peer_->address;
  const v4v_send_addr address{{local_.port(), local_.domain(), 0}, {to.port(), to.domain(), 0}};
  core_->has_sent();
  return core_->link().sendv(address, iov, V4V_MESSAGE_STREAM);
}

bool connection::write_some(send_vector& data, operation& op) {
  if (data.bytes() == 0) return op.done({});
  if (state_ == state::connecting) return op.done(asio::error::not_connected);
  if (state_ == state::closed) return op.done(asio::error::bad_descriptor);
  if (nobody_hears()) return op.done(asio::error::connection_reset);
  const std::size_t limit = longest_write(*peer_, core_->max_send_size(), data.bytes());
  if (limit == 0) return op.done(std::make_error_code(std::errc::message_size));
  const v4v_stream_header header{0, conid_};
  const long r = send(data.finish(header, limit, core_->max_sendv()));
  if (r >= 0) return op.done({}, data.bytes());
  if (r == -EAGAIN) {
    space_needed_ = stream_header_size + static_cast<std::uint32_t>(data.bytes());
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
    if (const sent result = send_control(flag); result != sent::all) return result;
    owed_ &= ~flag;
  }
  return sent::all;
}

// A SYN always offers the extension; whoever does not know it does not look at that bit.
connection::sent connection::send_control(std::uint32_t flag) noexcept {
  const bool tells_port = flag == V4V_STREAM_ACK && extended_;
  const bool offers = flag == V4V_STREAM_SYN || tells_port;
  const struct {
    v4v_stream_header header;
    data_port_message port;
  } message{{flag | (offers ? V4V_STREAM_EXTENDED : 0), conid_}, {data_port_, 0}};
  static_assert(sizeof message == stream_header_size + sizeof(data_port_message));
  const auto size = tells_port ? static_cast<std::uint32_t>(sizeof message) : stream_header_size;
  const v4v_iov iov{reinterpret_cast<std::uintptr_t>(&message), size, 0};
  const long r = send({&iov, 1});
  if (r == -EAGAIN) {
    space_needed_ = size;
    return sent::blocked;
  }
  if (r >= 0) return sent::all;
  owed_ = 0;
  return sent::lost;
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
  if (!fin_is_owed()) return true;
  const sent result = send_control(V4V_STREAM_FIN);
  if (result == sent::blocked) return false;
  outbound_ = outbound::ended;
  return true;
}

bool connection::no_write_may_begin() const noexcept { return outbound_ != outbound::open; }

bool connection::nobody_hears() const noexcept {
  return state_ != state::established || peer_ == nullptr || rst_lies_ahead_;
}

// Behind the writes that were waiting when sending ended.
bool connection::fin_is_owed() const noexcept {
  return outbound_ == outbound::ending && !nobody_hears();
}

bool connection::only_a_thread_waits() const noexcept {
  return owed_ == 0 && !fin_is_owed() && writes_.has_one_that_blocks_a_thread();
}

bool connection::wait_for_room(operation& op) {
  if (state_ == state::connecting) return op.done(asio::error::not_connected);
  if (state_ == state::closed) return op.done(asio::error::bad_descriptor);
  // A write would not wait, be it for the error that it ends in.
  if (nobody_hears()) return op.done({});
  if (longest_write(*peer_, core_->max_send_size(), 1) == 0) return op.done({});
  const std::uint32_t least = stream_header_size + 1;
  const auto& blocked = peer_->blocked;
  const bool others_wait = !blocked.empty() && blocked.front().get() != static_cast<sender*>(this);
  if (!others_wait && core_->has_room(*peer_, least)) return op.done({});
  space_needed_ = least;
  return false;
}

// ---- For the guest

void connection::all_was_sent(section& s) {
  if (state_ == state::closed) {  // an RST was all that kept it
    rst_is_settled(s);
  } else if (peer_gone_) {
    peer_is_gone(s);
  } else {
    settle(s);
  }
}

void connection::peer_ring_is_gone(section& s) {
  if (state_ == state::closed) {
    rst_is_settled(s);
  } else if (peer_ != nullptr) {
    peer_is_gone(s);
  }
}

void connection::peer_begins_anew(section& s) {
  if (state_ == state::closed) rst_is_settled(s);
}

void connection::guest_ends() noexcept {
  peer_ = nullptr;
  blocked_ = false;
  drop_owed();
}

void connection::unblock_if_idle(section& s) {
  if (blocked_ && writes_.empty() && owed_ == 0 && !fin_is_owed()) core_->unblock(s, *this);
}

}  // namespace v4v::detail
