#pragma once

#include <cstdint>

namespace v4v::raw {

/// Addresses at which a program of a guest has nothing, and its kernel has nothing either: a
/// hypervisor that wrote there all the same would do it to nobody's memory, and one that does not
/// say EFAULT is found out.
struct unreachable {
  std::uint64_t at;
  const char* name;
};

/// All of them begin where a page does.
inline constexpr unreachable unreachable_pages[] = {
    {0, "null"},
    {0x00007ffffffff000, "the last page below the kernel's half"},
    {0x0000800000000000, "the first address that is not canonical"},
    {0xdead000000000000, "an address that is not canonical"},
    {0xffff7ffffffff000, "the last page that is not canonical"},
    // Linux leaves eight terabytes there to hypervisors, and Xen has none of them in these guests.
    {0xffff800000100000, "the kernel's half, below all that the kernel has"},
    {0xfffffffffffff000, "the last page of all"},
};

}  // namespace v4v::raw
