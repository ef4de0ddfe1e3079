#pragma once

#include <cerrno>
#include <cstddef>
#include <span>

namespace v4v::detail {

/// Have the kernel map these bytes of this process now, for reading or also for writing: pages that
/// were never touched, swapped out, or are shared until they are written to. Where there is no such
/// memory they answer false (kernels before 5.14: SIGSEGV). Nothing keeps the pages there
/// afterwards.
[[nodiscard]] bool make_readable(std::span<const std::byte> bytes) noexcept;
[[nodiscard]] bool make_writable(std::span<std::byte> bytes) noexcept;

/// A hypercall that reads and writes this process's memory through its page tables as they are, and
/// finds pages missing there: `call()` answers -EFAULT and has had no effect. Then
/// `make_resident()` has them mapped, says whether it could, and the call is made again. More than
/// once only when the kernel takes a page away in between.
template <class Call, class MakeResident>
long call_with_memory(Call&& call, MakeResident&& make_resident) {
  long result = call();
  for (int again = 0; result == -EFAULT && again < 4 && make_resident(); ++again)
    result = call();
  return result;
}

}  // namespace v4v::detail
