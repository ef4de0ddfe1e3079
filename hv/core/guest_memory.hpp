#pragma once

#include <type_traits>

#include "core/port.hpp"

namespace v4v::hv {

/// Reads a structure of the ABI out of guest memory, once: what the guest does to it afterwards no
/// longer matters, so the copy can be checked and then used.
template <class T>
[[nodiscard]] bool read_guest(port& host, const domain& guest, std::uint64_t from, T& to) noexcept {
  static_assert(std::is_trivially_copyable_v<T>);
  return host.copy_from_guest(guest, &to, from, sizeof(T));
}

/// Writes a structure of the ABI or a field of one. No structure has padding of its own (abi.h
/// asserts every offset), so nothing of the hypervisor's stack goes along.
template <class T>
[[nodiscard]] bool write_guest(port& host, const domain& guest, std::uint64_t to,
                               const T& from) noexcept {
  static_assert(std::has_unique_object_representations_v<T>);
  return host.copy_to_guest(guest, to, &from, sizeof(T));
}

}  // namespace v4v::hv
