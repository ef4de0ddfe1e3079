#pragma once

#include "core/port.hpp"
#include "embedded/event.hpp"

namespace v4v::hv {

/// What the port keeps for a domain: its context.
struct process_domain {
  const bool privileged;
  event events{};
};

/// The core's port when all domains are parts of this process: guest memory is the process's own,
/// a page frame number an address divided by the page size, a domain's context its process_domain.
///
/// A hypercall runs on its caller's thread, which the system interrupts when others want the
/// processor: it never has to yield.
class process_port final : public port {
 public:
  bool copy_from_guest(const domain& guest, void* to, std::uint64_t from,
                       std::size_t size) noexcept override;
  bool copy_to_guest(const domain& guest, std::uint64_t to, const void* from,
                     std::size_t size) noexcept override;
  bool pin_page(const domain& guest, std::uint64_t pfn, void*& page) noexcept override;
  void unpin_page(const domain& guest, void* page) noexcept override;
  void* allocate(std::size_t size) noexcept override;
  void free(void* memory) noexcept override;
  void init_lock(port_lock& lock, lock_level level) noexcept override;
  void lock(port_lock& lock, lock_level level) noexcept override;
  void unlock(port_lock& lock, lock_level level) noexcept override;
  void lock_shared(port_lock& lock, lock_level level) noexcept override;
  void unlock_shared(port_lock& lock, lock_level level) noexcept override;
  void send_event(domain& guest) noexcept override;
  std::uint32_t event_channel(const domain& guest) noexcept override;
  bool is_privileged(const domain& guest) noexcept override;
  bool should_yield() noexcept override;
};

}  // namespace v4v::hv
