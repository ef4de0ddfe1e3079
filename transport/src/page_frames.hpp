#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace v4v::detail {

/// The frame number of each page of `pages`, whole pages of this process that are resident and
/// stay where they are. A kernel that runs in a virtual machine of its own, and not as a Xen PV
/// guest, tells the numbers that the hypervisor knows them by.
///
/// Throws std::system_error: operation_not_permitted without CAP_SYS_ADMIN, for the kernel then
/// keeps the numbers to itself; bad_address if a page is not resident.
[[nodiscard]] std::vector<std::uint64_t> page_frames(std::span<const std::byte> pages);

}  // namespace v4v::detail
