#include "ring_reader.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace v4v::detail {

void ring_message::copy(std::size_t offset, void* to, std::size_t n) const noexcept {
  auto* out = static_cast<std::byte*>(to);
  if (offset < first.size()) {
    const auto head = std::min(n, first.size() - offset);
    std::memcpy(out, first.data() + offset, head);
    out += head;
    n -= head;
    offset = 0;
  } else {
    offset -= first.size();
  }
  if (n != 0) std::memcpy(out, second.data() + offset, n);
}

ring_reader::ring_reader(v4v_ring& ring, std::uint32_t len) noexcept
    : ring_(ring),
      data_(reinterpret_cast<const std::byte*>(v4v_ring_bytes(&ring))),
      len_(len),
      rx_(ring.rx_ptr),
      published_(rx_),
      tx_(rx_) {}

// Acquire: pairs with the hypervisor's release store of tx_ptr after the bytes of a message, so
// that they are all there when the position is.
bool ring_reader::load_tx() noexcept {
  tx_ = std::atomic_ref(ring_.tx_ptr).load(std::memory_order_acquire);
  return tx_ < len_ && tx_ % V4V_MESSAGE_ALIGNMENT == 0;
}

// Relaxed: a hint to who then takes note. Whoever asked is on the way to the message, which another
// processor has just written: both of a small one's cache lines begin to come meanwhile. Nothing
// depends on it, and the place may be any.
bool ring_reader::has_more() const noexcept {
  if (std::atomic_ref(ring_.tx_ptr).load(std::memory_order_relaxed) == tx_) return false;
  constexpr std::uint32_t cache_line = 64;
  __builtin_prefetch(data_ + tx_);
  __builtin_prefetch(data_ + (tx_ + cache_line < len_ ? tx_ + cache_line : 0));
  return true;
}

void ring_reader::take_note() noexcept {
  if (!load_tx()) broken_ = true;
}

ring_reader::state ring_reader::peek(ring_message& message) noexcept {
  if (broken_) return state::broken;
  // Once shown, a message is what it was: who has taken a part of it must not find another length.
  if (step_ == 0) {
    const state found = parse(rx_, first_, step_);
    if (found != state::message) return found;
  }
  message = first_;
  return state::message;
}

ring_reader::state ring_reader::parse(std::uint32_t position, ring_message& message,
                                      std::uint32_t& step_of_message) noexcept {
  if (broken_) return state::broken;
  if (position == tx_ && !load_tx()) {
    broken_ = true;
    return state::broken;
  }
  if (position == tx_) return state::empty;

  const std::uint32_t available = tx_ > position ? tx_ - position : len_ - position + tx_;
  v4v_message_header header;  // never wraps: see the assertion at the end of v4v/abi.h
  std::memcpy(&header, data_ + position, sizeof header);
  const std::uint64_t step = v4v_round_up64(header.len);
  if (header.len < sizeof header || step > available) {
    broken_ = true;
    return state::broken;
  }

  const std::uint32_t payload = header.len - static_cast<std::uint32_t>(sizeof header);
  const std::uint32_t start = (position + static_cast<std::uint32_t>(sizeof header)) % len_;
  const std::uint32_t head = std::min(payload, len_ - start);
  message.source = header.source;
  message.type = header.message_type;
  message.first = {data_ + start, head};
  message.second = {data_, payload - head};
  step_of_message = static_cast<std::uint32_t>(step);
  return state::message;
}

void ring_reader::pop() noexcept {
  rx_ = (rx_ + step_) % len_;
  ahead_by_ -= std::min<std::uint64_t>(ahead_by_, step_);
  step_ = 0;
}

bool ring_reader::look_ahead(ring_message& message) noexcept {
  if (ahead_by_ == 0) ahead_ = rx_;
  std::uint32_t step = 0;
  if (parse(ahead_, message, step) != state::message) return false;
  ahead_ = (ahead_ + step) % len_;
  ahead_by_ += step;
  return true;
}

// Release: pairs with the hypervisor's acquire load of rx_ptr before it writes, so that it
// overwrites no byte that is still being read here.
bool ring_reader::publish(std::uint32_t keep) noexcept {
  const std::uint32_t to = rx_ >= keep ? rx_ - keep : rx_ + (len_ - keep);
  if (to == published_) return false;
  std::atomic_ref(ring_.rx_ptr).store(to, std::memory_order_release);
  published_ = to;
  return true;
}

}  // namespace v4v::detail
