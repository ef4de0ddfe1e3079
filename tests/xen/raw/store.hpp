#pragma once

#include <atomic>
#include <cstddef>

namespace v4v::raw {

/// Stores at once, as another processor of the guest would: whoever reads sees the old value or the
/// new one.
template <class T>
void store(std::byte* at, T value) {
  std::atomic_ref<T>(*reinterpret_cast<T*>(at)).store(value, std::memory_order_relaxed);
}

}  // namespace v4v::raw
