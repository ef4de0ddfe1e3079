#include "ring.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>

#include "expect.hpp"

namespace v4v::raw {

ring::ring(hypervisor& hv, memory& in, std::size_t first, std::uint32_t port, std::uint16_t partner,
           std::uint32_t len)
    : hv_(hv), header_(new (in.page(first)) v4v_ring{}), port_(port), partner_(partner), len_(len) {
  header_->magic = V4V_RING_MAGIC;
  header_->id = {{port, 0, 0}, partner, 0};
  header_->len = len;
  const auto frames = in.frames().subspan(first, v4v_ring_pages(len));
  frames_.assign(frames.begin(), frames.end());
}

ring::~ring() {
  if (!registered_) return;
  // The header may say anything by now; what names the ring is what it was registered with.
  header_->magic = V4V_RING_MAGIC;
  header_->id = {{port_, 0, 0}, partner_, 0};
  static_cast<void>(leave());
}

long ring::enter() {
  const long result =
      hv_.call(V4V_OP_register_ring, address(header_), address(frames_.data()), frames_.size());
  if (result == 0) registered_ = true;
  return result;
}

long ring::leave() {
  const long result = hv_.call(V4V_OP_unregister_ring, address(header_));
  if (result == 0) registered_ = false;
  return result;
}

void ring::start_at(std::uint32_t position) {
  header_->rx_ptr = position;
  header_->tx_ptr = position;
}

bool ring::empty() const {
  return std::atomic_ref(header_->tx_ptr).load(std::memory_order_acquire) == header_->rx_ptr;
}

std::optional<message> ring::receive() {
  // Acquire, with the hypervisor's release: the message is there.
  const std::uint32_t tx = std::atomic_ref(header_->tx_ptr).load(std::memory_order_acquire);
  const std::uint32_t rx = header_->rx_ptr;
  if (rx == tx) return std::nullopt;
  if (tx >= len_ || tx % V4V_MESSAGE_ALIGNMENT != 0)
    throw unexpected(fmt::format("tx_ptr of the ring at port {} is {}", port_, tx));

  const std::uint8_t* const bytes = v4v_ring_bytes(header_);
  v4v_message_header h;
  std::memcpy(&h, bytes + rx, sizeof(h));
  const std::uint32_t used = tx > rx ? tx - rx : len_ - rx + tx;
  if (h.len < sizeof(h) || v4v_round_up64(h.len) > used)
    throw unexpected(
        fmt::format("the ring at port {} has {} bytes of messages, and the first one "
                    "says that it is of {} bytes",
                    port_, used, h.len));

  message m{h.source, h.message_type, std::string(h.len - sizeof(h), '\0')};
  const std::uint32_t from = (rx + std::uint32_t{sizeof(h)}) % len_;
  const std::size_t before_end = std::min<std::size_t>(m.payload.size(), len_ - from);
  std::memcpy(m.payload.data(), bytes + from, before_end);
  std::memcpy(m.payload.data() + before_end, bytes, m.payload.size() - before_end);
  // Release, with the hypervisor's acquire: the message has been read.
  std::atomic_ref(header_->rx_ptr)
      .store((rx + v4v_round_up32(h.len)) % len_, std::memory_order_release);
  return m;
}

}  // namespace v4v::raw
