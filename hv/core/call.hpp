#pragma once

#include <cstdint>

namespace v4v::hv {

/// A hypercall as a guest makes it, and how far the hypervisor has come with it.
struct call {
  std::uint32_t op;
  std::uint64_t arg1 = 0;
  std::uint64_t arg2 = 0;
  std::uint64_t arg3 = 0;
  std::uint64_t arg4 = 0;

  /// 0 at first. When the answer is error::restart the port makes the call again, later, with what
  /// stands here then, of which it may keep the lower 32 bits alone. A port that has no other place
  /// for it may keep it where the guest can change it: a wrong value makes the call skip what the
  /// guest itself asked for, no more.
  std::uint64_t progress = 0;
};

}  // namespace v4v::hv
