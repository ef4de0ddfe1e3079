#include "v4v/embedded_link.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <system_error>
#include <vector>

#include "v4v/hv/embedded.hpp"

namespace v4v {
namespace {

std::uint64_t address_of(const void* p) noexcept { return reinterpret_cast<std::uintptr_t>(p); }

// Pages of the process. The embedded hypervisor's frame numbers are addresses divided by the page
// size, so contiguous addresses are contiguous frames.
class process_pages final : public ring_memory {
 public:
  explicit process_pages(std::size_t bytes)
      : size_((bytes + V4V_PAGE_SIZE - 1) / V4V_PAGE_SIZE * V4V_PAGE_SIZE),
        frames_(size_ / V4V_PAGE_SIZE) {
    base_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base_ == MAP_FAILED)
      throw std::system_error(errno, std::system_category(), "memory for a ring");
    for (std::size_t i = 0; i < frames_.size(); ++i)
      frames_[i] = address_of(base_) / V4V_PAGE_SIZE + i;
  }
  ~process_pages() override { ::munmap(base_, size_); }

  std::span<std::byte> bytes() noexcept override { return {static_cast<std::byte*>(base_), size_}; }
  std::span<const std::uint64_t> page_frames() const noexcept override { return frames_; }

 private:
  std::size_t size_;
  std::vector<std::uint64_t> frames_;
  void* base_;
};

class embedded final : public link {
 public:
  embedded(hv::embedded& hypervisor, domain_type id) : domain_(hypervisor.create_domain(id)) {}

  domain_type domain() const noexcept override { return domain_->id(); }

  std::unique_ptr<ring_memory> allocate(std::size_t bytes) override {
    return std::make_unique<process_pages>(bytes);
  }

  long register_ring(ring_memory& ring) noexcept override {
    const auto frames = ring.page_frames();
    return domain_->hypercall(V4V_OP_register_ring, address_of(ring.bytes().data()),
                              address_of(frames.data()), frames.size(), 0);
  }

  long unregister_ring(ring_memory& ring) noexcept override {
    return domain_->hypercall(V4V_OP_unregister_ring, address_of(ring.bytes().data()), 0, 0, 0);
  }

  long sendv(const v4v_send_addr& address, std::span<const v4v_iov> iov,
             std::uint32_t message_type) noexcept override {
    return domain_->hypercall(V4V_OP_sendv, address_of(&address), address_of(iov.data()),
                              iov.size(), message_type);
  }

  long notify(v4v_ring_data* data) noexcept override {
    return domain_->hypercall(V4V_OP_notify, address_of(data), 0, 0, 0);
  }

  long info(v4v_info& info) noexcept override {
    return domain_->hypercall(V4V_OP_info, address_of(&info), 0, 0, 0);
  }

  int event_descriptor() const noexcept override { return domain_->event_descriptor(); }
  bool event_is_pending() const noexcept override { return domain_->event_is_pending(); }
  bool take_event() noexcept override { return domain_->take_event(); }
  void mask_events() noexcept override { domain_->mask_events(); }
  bool unmask_events() noexcept override { return domain_->unmask_events(); }

 private:
  std::unique_ptr<hv::embedded_domain> domain_;
};

}  // namespace

std::unique_ptr<link> embedded_link(hv::embedded& hypervisor, domain_type id) {
  return std::make_unique<embedded>(hypervisor, id);
}

}  // namespace v4v
