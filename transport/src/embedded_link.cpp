#include "v4v/embedded_link.hpp"

#include "process_pages.hpp"
#include "v4v/hv/embedded.hpp"

namespace v4v {
namespace {

std::uint64_t address_of(const void* p) noexcept { return reinterpret_cast<std::uintptr_t>(p); }

class embedded final : public link {
 public:
  embedded(hv::embedded& hypervisor, domain_type id) : domain_(hypervisor.create_domain(id)) {
    const long given = domain_->hypercall(V4V_OP_activity, address_of(activity_->bytes().data()),
                                          address_of(activity_->page_frames().data()), 1, 0);
    if (given < 0) activity_.reset();
  }

  domain_type domain() const noexcept override { return domain_->id(); }

  std::span<std::uint64_t> activity() noexcept override {
    if (!activity_) return {};
    return {reinterpret_cast<std::uint64_t*>(activity_->bytes().data()), V4V_ACTIVITY_SLOTS / 64};
  }

  std::unique_ptr<ring_memory> allocate(std::size_t bytes) override {
    return detail::process_pages(*file_, bytes);
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
  std::shared_ptr<detail::memory_file> file_ = std::make_shared<detail::memory_file>();
  std::unique_ptr<ring_memory> activity_ = detail::process_pages(*file_, V4V_PAGE_SIZE);
  std::unique_ptr<hv::embedded_domain> domain_;  // which may write to the page until it ends
};

}  // namespace

std::unique_ptr<link> embedded_link(hv::embedded& hypervisor, domain_type id) {
  return std::make_unique<embedded>(hypervisor, id);
}

}  // namespace v4v
