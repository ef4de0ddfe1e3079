#include "domains.hpp"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>

namespace v4v::hv::bench {

ring_memory::ring_memory(std::uint32_t port, std::uint32_t len) {
  const std::size_t pages = v4v_ring_pages(len);
  memory_.reset(static_cast<std::byte*>(std::aligned_alloc(V4V_PAGE_SIZE, pages * V4V_PAGE_SIZE)));
  if (memory_ == nullptr) throw std::bad_alloc{};
  std::memset(memory_.get(), 0, pages * V4V_PAGE_SIZE);
  for (std::size_t i = 0; i < pages; ++i)
    pfns_.push_back(address_of(memory_.get()) / V4V_PAGE_SIZE + i);
  header().magic = V4V_RING_MAGIC;
  header().id = {{port, 0, 0}, V4V_DOMAIN_ANY, 0};
  header().len = len;
}

void ring_memory::release::operator()(std::byte* p) const { std::free(p); }

void ring_memory::empty() const {
  const std::uint32_t tx = std::atomic_ref{header().tx_ptr}.load(std::memory_order_acquire);
  std::atomic_ref{header().rx_ptr}.store(tx, std::memory_order_release);
}

guest::guest(embedded& hv, std::uint16_t id) : domain_{hv.create_domain(id)} {
  domain_->mask_events();
}

long guest::register_ring(const ring_memory& r) {
  return domain_->hypercall(V4V_OP_register_ring, address_of(&r.header()),
                            address_of(r.pfns().data()), r.pfns().size(), 0);
}

long guest::unregister_ring(const ring_memory& r) {
  return domain_->hypercall(V4V_OP_unregister_ring, address_of(&r.header()), 0, 0, 0);
}

receiver::receiver(embedded& hv, std::uint16_t id, std::uint32_t rings, std::uint32_t len)
    : guest_{hv, id} {
  for (std::uint32_t port = 1; port <= rings; ++port) {
    if (guest_.register_ring(rings_.emplace_back(port, len)) != 0) {
      throw std::runtime_error{"cannot register a ring"};
    }
  }
}

}  // namespace v4v::hv::bench
