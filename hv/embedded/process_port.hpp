#pragma once

#include "core/port.hpp"

namespace v4v::hv {

/// The core's port when all domains are parts of this process: guest memory is the process's own,
/// a page frame number an address divided by the page size, a domain's context its `event`.
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
};

}  // namespace v4v::hv
