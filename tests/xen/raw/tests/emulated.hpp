#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "core/hypervisor.hpp"
#include "hypervisor.hpp"
#include "testing/test_port.hpp"

namespace v4v::raw::testing {

/// The port of a hypervisor whose guest is this process: what is not in its memory, or may not be
/// written to, is a fault, as it is in Xen; and its pages have numbers that are not their
/// addresses.
class process_guest final : public hv::testing::test_port {
 public:
  bool copy_from_guest(const hv::domain& guest, void* to, std::uint64_t from,
                       std::size_t size) noexcept override;
  bool copy_to_guest(const hv::domain& guest, std::uint64_t to, const void* from,
                     std::size_t size) noexcept override;
  bool pin_page(const hv::domain& guest, std::uint64_t pfn, void*& page) noexcept override;

  std::uint64_t frame_of(const std::byte* page);

 private:
  mutable std::mutex mutex_;
  std::vector<std::byte*> pages_;
};

/// The core, called by one domain of it that is this process. Nothing may be left of the domain
/// when it goes, or the test fails.
class emulated final : public hypervisor {
 public:
  explicit emulated(bool privileged = false);
  ~emulated() override;

  static constexpr std::uint16_t number = 3;  ///< The domain's.

  [[nodiscard]] std::vector<std::uint64_t> frames(std::span<const std::byte> pages) override;

  /// Pages that the hypervisor may write to at the moment.
  [[nodiscard]] long pinned() const { return host_.pinned(); }

  /// Has the domain, which must have no ring, given these limits.
  void set_limits(std::uint32_t rings, std::uint32_t pieces, std::uint32_t questions,
                  std::uint32_t bytes);

  /// How many calls of the operation there were.
  [[nodiscard]] std::uint64_t calls_of(std::uint64_t op) const { return calls_.at(op); }

  /// Answers this, once, to the n-th call of the operation instead of making it; n > 0.
  void answer(std::uint64_t op, std::uint64_t n, long result);

 private:
  long make(std::uint64_t op, std::uint64_t arg1, std::uint64_t arg2, std::uint64_t arg3,
            std::uint64_t arg4) override;

  process_guest host_;
  hv::hypervisor core_;
  hv::testing::test_domain context_;
  hv::domain* domain_ = nullptr;
  std::map<std::uint64_t, std::uint64_t> calls_;
  std::uint64_t lied_about_ = 0;
  std::uint64_t until_lie_ = 0;
  long lie_ = 0;
};

}  // namespace v4v::raw::testing
