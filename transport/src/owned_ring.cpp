#include "owned_ring.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "view_holder.hpp"

namespace v4v::detail {
namespace {

// Bytes of data for a ring in so much memory. One of some size gets a page more, so that what goes
// round its end can be seen in one piece: see private_mapping.
std::uint32_t length_in(std::size_t memory) noexcept {
  constexpr std::size_t some = 16 * std::size_t{V4V_PAGE_SIZE};
  const std::size_t pages = (memory + V4V_PAGE_SIZE - 1) / V4V_PAGE_SIZE * V4V_PAGE_SIZE;
  const std::size_t length = pages < some ? pages - sizeof(v4v_ring) : pages;
  return static_cast<std::uint32_t>(std::min<std::size_t>(length, V4V_MAX_RING_LEN));
}

}  // namespace

std::unique_ptr<owned_ring> owned_ring::open(link& link, watch_list& watchers, port_type port,
                                             domain_type partner, std::size_t bytes,
                                             std::error_code& ec) {
  if (port == V4V_PORT_ANY || bytes > std::size_t{V4V_MAX_RING_LEN} + sizeof(v4v_ring)) {
    ec = std::make_error_code(std::errc::invalid_argument);
    return nullptr;
  }
  const std::uint32_t len = length_in(std::max(bytes, sizeof(v4v_ring) + V4V_MIN_RING_LEN));
  std::unique_ptr<ring_memory> memory;
  try {
    memory = link.allocate(sizeof(v4v_ring) + len);
  } catch (const std::system_error& e) {
    ec = e.code();
    return nullptr;
  } catch (const std::bad_alloc&) {
    ec = std::make_error_code(std::errc::not_enough_memory);
    return nullptr;
  }
  auto* header = new (memory->bytes().data()) v4v_ring{};
  header->magic = V4V_RING_MAGIC;
  header->id.addr = {port, link.domain(), 0};
  header->id.partner = partner;
  header->len = len;
  const watch_list::slot slot = watchers.add();
  const std::uint32_t in_header = watchers.in_header(slot);
  std::memcpy(header->reserved, &in_header, sizeof in_header);
  std::unique_ptr<owned_ring> ring(new owned_ring(link, watchers, slot, std::move(memory), len));
  if (const long r = link.register_ring(*ring->memory_); r < 0) {
    ec = {static_cast<int>(-r), std::system_category()};
    return nullptr;
  }
  ring->registered_ = true;
  return ring;
}

owned_ring::owned_ring(link& link, watch_list& watchers, watch_list::slot slot,
                       std::unique_ptr<ring_memory> memory, std::uint32_t len)
    : link_(link),
      watchers_(watchers),
      slot_(slot),
      memory_(std::move(memory)),
      id_(header().id),
      reader_(header(), len) {}

v4v_ring& owned_ring::header() noexcept {
  return *std::launder(reinterpret_cast<v4v_ring*>(memory_->bytes().data()));
}

owned_ring::~owned_ring() {
  unregister();
  watchers_.remove(slot_);
  if (views_) views_->ring_ends();
}

// The hypervisor looks into the header for what to take back, and would go on writing to memory
// that is given away by then if that had been overwritten.
void owned_ring::unregister() noexcept {
  if (!std::exchange(registered_, false)) return;
  header().magic = V4V_RING_MAGIC;
  header().id = id_;
  link_.unregister_ring(*memory_);
}

message_view owned_ring::take(const std::shared_ptr<guest_core>& core, const ring_message& message,
                              std::size_t offset) {
  if (!views_) views_ = std::make_shared<ring_views>(*this, *memory_, reader_.len());
  if (auto view = views_->take(core, message, offset, reader_.step())) {
    reader_.pop();
    return std::move(*view);
  }
  auto copy = std::make_unique<copied_bytes>(message.size() - offset);
  message.copy(offset, copy->bytes.data(), copy->bytes.size());
  const asio::const_buffer bytes(copy->bytes.data(), copy->bytes.size());
  pop();
  return {bytes, {}, std::move(copy)};
}

bool owned_ring::publish() noexcept { return reader_.publish(views_ ? views_->held_back() : 0); }

// With that much held back there is still room for the longest message that an end of an extended
// connection sends (longest_write()), its header, and the padding.
std::uint32_t owned_ring::views_may_hold() const noexcept {
  constexpr std::uint32_t rest = 64;
  const std::uint32_t others = reader_.len() / 8 * 3;
  return others - std::min(others, rest);
}

bool owned_ring::make_room() noexcept {
  if (!views_) return publish_much();
  return reader_.publish(views_->hold_back_at_most(views_may_hold()));
}

bool owned_ring::publish_all() noexcept {
  return reader_.publish(views_ ? views_->hold_back_at_most(0) : 0);
}

}  // namespace v4v::detail
