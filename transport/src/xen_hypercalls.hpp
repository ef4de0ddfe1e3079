#pragma once

#include <cstdint>

#include "file_descriptor.hpp"
#include "v4v/abi.h"

namespace v4v::detail {

/// V4V hypercalls of a program in a Xen domain, through the device that Linux has for that.
///
/// Thread-safe.
class xen_hypercalls {
 public:
  /// Where that device is.
  static constexpr const char* device = "/dev/xen/privcmd";

  /// Opens it. Throws std::system_error, whose text says what to do next.
  xen_hypercalls();

  /// do_v4v_op of v4v/abi.h. Pointers are addresses of this process, whose memory must be resident
  /// (resident.hpp), and writable where it is written to: -EFAULT if it is not.
  long call(std::uint32_t op, std::uint64_t arg1 = 0, std::uint64_t arg2 = 0,
            std::uint64_t arg3 = 0, std::uint64_t arg4 = 0) const noexcept;

  /// Fills in `answer` by the operation info: 0 or a negative errno.
  long info(v4v_info& answer) const noexcept;

  /// The same. Throws std::system_error, whose text says what to do next, where this Xen has no
  /// V4V, or not the one of v4v/abi.h, or this program may not ask.
  [[nodiscard]] v4v_info info() const;

 private:
  file_descriptor device_;
};

}  // namespace v4v::detail
