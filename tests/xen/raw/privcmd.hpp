#pragma once

#include "hypervisor.hpp"

namespace v4v::raw {

/// Xen, through the device that Linux has for hypercalls of programs.
class privcmd final : public hypervisor {
 public:
  /// Opens /dev/xen/privcmd. Throws std::runtime_error, whose text says what to do next.
  privcmd();
  ~privcmd() override;
  privcmd(const privcmd&) = delete;
  privcmd& operator=(const privcmd&) = delete;

  /// From /proc/self/pagemap, which tells them to root. Right for PVH and HVM guests.
  [[nodiscard]] std::vector<std::uint64_t> frames(std::span<const std::byte> pages) override;

 private:
  long make(std::uint64_t op, std::uint64_t arg1, std::uint64_t arg2, std::uint64_t arg3,
            std::uint64_t arg4) override;

  const int device_;
};

}  // namespace v4v::raw
