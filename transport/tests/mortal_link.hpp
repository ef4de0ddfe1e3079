#pragma once

#include <cerrno>
#include <memory>
#include <utility>

#include "v4v/link.hpp"

namespace v4v::test {

/// A link whose domain can end under its guest, as that of a machine that is destroyed does:
/// nothing is unregistered or sent before. The guest's own hypercalls fail from then on.
class mortal_link final : public link {
 public:
  explicit mortal_link(std::unique_ptr<link> alive)
      : alive_(std::move(alive)), id_(alive_->domain()), event_(alive_->event_descriptor()) {}

  void die() { alive_.reset(); }

  domain_type domain() const noexcept override { return id_; }
  std::unique_ptr<ring_memory> allocate(std::size_t bytes) override {
    return alive_->allocate(bytes);
  }
  long register_ring(ring_memory& ring) noexcept override {
    return alive_ ? alive_->register_ring(ring) : -ENODEV;
  }
  long unregister_ring(ring_memory& ring) noexcept override {
    return alive_ ? alive_->unregister_ring(ring) : -ENODEV;
  }
  long sendv(const v4v_send_addr& address, std::span<const v4v_iov> iov,
             std::uint32_t message_type) noexcept override {
    return alive_ ? alive_->sendv(address, iov, message_type) : -ENODEV;
  }
  long notify(v4v_ring_data* data) noexcept override {
    return alive_ ? alive_->notify(data) : -ENODEV;
  }
  long info(v4v_info& info) noexcept override { return alive_ ? alive_->info(info) : -ENODEV; }
  int event_descriptor() const noexcept override { return event_; }
  bool event_is_pending() const noexcept override { return alive_ && alive_->event_is_pending(); }
  bool take_event() noexcept override { return alive_ && alive_->take_event(); }
  void mask_events() noexcept override {
    if (alive_) alive_->mask_events();
  }
  bool unmask_events() noexcept override { return alive_ && alive_->unmask_events(); }

 private:
  std::unique_ptr<link> alive_;
  domain_type id_;
  int event_;
};

}  // namespace v4v::test
