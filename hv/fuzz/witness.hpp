#pragma once

#include "fuzz/expectation.hpp"
#include "testing/test_port.hpp"

namespace v4v::hv::fuzz {

/// The port for tests, which tells what the core asks of it to whoever has expectations about the
/// call that is under way.
class witness final : public testing::test_port {
 public:
  explicit witness(world& in) : w_{in} {}

  /// About the innermost call; null between calls.
  expectation* now = nullptr;

  /// What it holds of each domain is what the domain is known to have. Between calls.
  void check_account();

  bool copy_from_guest(const domain& guest, void* to, std::uint64_t from,
                       std::size_t size) noexcept override;
  bool copy_to_guest(const domain& guest, std::uint64_t to, const void* from,
                     std::size_t size) noexcept override;
  bool pin_page(const domain& guest, std::uint64_t pfn, void*& page) noexcept override;
  void* allocate(std::size_t size) noexcept override;
  void free(void* memory) noexcept override;
  void init_lock(port_lock& lock, lock_level level) noexcept override;
  void lock(port_lock& lock, lock_level level) noexcept override;
  void unlock(port_lock& lock, lock_level level) noexcept override;
  void lock_shared(port_lock& lock, lock_level level) noexcept override;
  void unlock_shared(port_lock& lock, lock_level level) noexcept override;
  void send_event(domain& guest) noexcept override;
  bool should_yield() noexcept override;

 private:
  life* owner_of_rings_under(const port_lock& lock);

  world& w_;
};

}  // namespace v4v::hv::fuzz
