#pragma once

#include <poll.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "v4v/link.hpp"

namespace v4v::test {

/// Memory for a ring that cannot be mapped a second time.
class bare_memory final : public ring_memory {
 public:
  explicit bare_memory(std::unique_ptr<ring_memory> memory) : memory_(std::move(memory)) {}

  std::span<std::byte> bytes() noexcept override { return memory_->bytes(); }
  std::span<const std::uint64_t> page_frames() const noexcept override {
    return memory_->page_frames();
  }

 private:
  std::unique_ptr<ring_memory> memory_;
};

/// A link that can do no more than one to a hypervisor outside of the guest: its rings have no
/// private mappings, nobody can look at its pending flag, and events are masked from one until it
/// is taken, and no longer.
class bare_link final : public link {
 public:
  /// Whether its hypervisor knows activity pages.
  enum class page { no, yes };

  explicit bare_link(std::unique_ptr<link> full, page has = page::yes)
      : full_(std::move(full)), has_page_(has == page::yes) {}

  domain_type domain() const noexcept override { return full_->domain(); }
  std::span<std::uint64_t> activity() noexcept override {
    if (!has_page_) return {};
    return full_->activity();
  }
  std::unique_ptr<ring_memory> allocate(std::size_t bytes) override {
    return std::make_unique<bare_memory>(full_->allocate(bytes));
  }
  long register_ring(ring_memory& ring) noexcept override { return full_->register_ring(ring); }
  long unregister_ring(ring_memory& ring) noexcept override { return full_->unregister_ring(ring); }
  long sendv(const v4v_send_addr& address, std::span<const v4v_iov> iov,
             std::uint32_t message_type) noexcept override {
    return full_->sendv(address, iov, message_type);
  }
  long notify(v4v_ring_data* data) noexcept override { return full_->notify(data); }
  long info(v4v_info& info) noexcept override { return full_->info(info); }

  int event_descriptor() const noexcept override { return full_->event_descriptor(); }
  bool event_is_pending() const noexcept override {
    pollfd descriptor{event_descriptor(), POLLIN, 0};
    return ::poll(&descriptor, 1, 0) > 0;
  }
  bool take_event() noexcept override {
    std::uint64_t count = 0;
    static_cast<void>(!::read(event_descriptor(), &count, sizeof count));
    static_cast<void>(full_->take_event());
    return true;
  }
  void mask_events() noexcept override {}
  bool unmask_events() noexcept override { return true; }

 private:
  std::unique_ptr<link> full_;
  bool has_page_;
};

}  // namespace v4v::test
