#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "v4v/link.hpp"

namespace v4v::test {

/// A link that shows the memory of its guest's rings to the test, which may overwrite it.
class exposed_link final : public link {
 public:
  explicit exposed_link(std::unique_ptr<link> hidden) : hidden_(std::move(hidden)) {}

  /// That of the ring made last: its header, and what follows.
  std::span<std::byte> newest;

  domain_type domain() const noexcept override { return hidden_->domain(); }
  std::unique_ptr<ring_memory> allocate(std::size_t bytes) override {
    auto memory = hidden_->allocate(bytes);
    newest = memory->bytes();
    return memory;
  }
  long register_ring(ring_memory& ring) noexcept override { return hidden_->register_ring(ring); }
  long unregister_ring(ring_memory& ring) noexcept override {
    return hidden_->unregister_ring(ring);
  }
  long sendv(const v4v_send_addr& address, std::span<const v4v_iov> iov,
             std::uint32_t message_type) noexcept override {
    return hidden_->sendv(address, iov, message_type);
  }
  long notify(v4v_ring_data* data) noexcept override { return hidden_->notify(data); }
  long info(v4v_info& info) noexcept override { return hidden_->info(info); }
  int event_descriptor() const noexcept override { return hidden_->event_descriptor(); }
  bool event_is_pending() const noexcept override { return hidden_->event_is_pending(); }
  bool take_event() noexcept override { return hidden_->take_event(); }
  void mask_events() noexcept override { hidden_->mask_events(); }
  bool unmask_events() noexcept override { return hidden_->unmask_events(); }

 private:
  std::unique_ptr<link> hidden_;
};

}  // namespace v4v::test
