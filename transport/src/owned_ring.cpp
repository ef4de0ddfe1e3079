#include "owned_ring.hpp"

#include <algorithm>
#include <new>

namespace v4v::detail {

std::unique_ptr<owned_ring> owned_ring::open(link& link, port_type port, domain_type partner,
                                             std::size_t bytes, std::error_code& ec) {
  if (port == V4V_PORT_ANY || bytes > std::size_t{V4V_MAX_RING_LEN} + sizeof(v4v_ring)) {
    ec = std::make_error_code(std::errc::invalid_argument);
    return nullptr;
  }
  std::unique_ptr<ring_memory> memory;
  try {
    memory = link.allocate(std::max(bytes, sizeof(v4v_ring) + V4V_MIN_RING_LEN));
  } catch (const std::system_error& e) {
    ec = e.code();
    return nullptr;
  } catch (const std::bad_alloc&) {
    ec = std::make_error_code(std::errc::not_enough_memory);
    return nullptr;
  }
  const auto len = std::min(static_cast<std::uint32_t>(memory->bytes().size() - sizeof(v4v_ring)),
                            V4V_MAX_RING_LEN);
  auto* header = new (memory->bytes().data()) v4v_ring{};
  header->magic = V4V_RING_MAGIC;
  header->id.addr = {port, link.domain(), 0};
  header->id.partner = partner;
  header->len = len;
  if (const long r = link.register_ring(*memory); r < 0) {
    ec = {static_cast<int>(-r), std::system_category()};
    return nullptr;
  }
  return std::unique_ptr<owned_ring>(new owned_ring(link, std::move(memory), len));
}

owned_ring::owned_ring(link& link, std::unique_ptr<ring_memory> memory, std::uint32_t len)
    : link_(link), memory_(std::move(memory)), reader_(header(), len) {}

v4v_ring& owned_ring::header() noexcept {
  return *std::launder(reinterpret_cast<v4v_ring*>(memory_->bytes().data()));
}

owned_ring::~owned_ring() { unregister(); }

void owned_ring::unregister() noexcept {
  if (registered_) link_.unregister_ring(*memory_);
  registered_ = false;
}

}  // namespace v4v::detail
