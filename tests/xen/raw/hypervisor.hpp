#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace v4v::raw {

/// What these programs need of the hypervisor below them: calls, and the names that it has for
/// pages. A real one, or in tests the core on memory of this process.
class hypervisor {
 public:
  virtual ~hypervisor() = default;

  /// do_v4v_op of v4v/abi.h: a result >= 0 or a negative errno. All 64 bits of `op` are passed on.
  /// Thread-safe.
  long call(std::uint64_t op, std::uint64_t arg1 = 0, std::uint64_t arg2 = 0,
            std::uint64_t arg3 = 0, std::uint64_t arg4 = 0) {
    return make(op, arg1, arg2, arg3, arg4);
  }

  /// The frame number of each page of `pages`, which are whole, resident and stay where they are.
  /// Throws std::runtime_error, whose text says what to do next.
  [[nodiscard]] virtual std::vector<std::uint64_t> frames(std::span<const std::byte> pages) = 0;

 protected:
  hypervisor() = default;
  hypervisor(const hypervisor&) = default;
  hypervisor& operator=(const hypervisor&) = default;

 private:
  virtual long make(std::uint64_t op, std::uint64_t arg1, std::uint64_t arg2, std::uint64_t arg3,
                    std::uint64_t arg4) = 0;
};

/// The address of an object, as hypercalls pass it.
inline std::uint64_t address(const void* p) { return reinterpret_cast<std::uintptr_t>(p); }

}  // namespace v4v::raw
