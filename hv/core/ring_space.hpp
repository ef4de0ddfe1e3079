#pragma once

#include <cstdint>

#include "v4v/abi.h"

namespace v4v::hv {

/// Bytes that a message with `payload` bytes takes in a ring: never 0, and in 64 bits, because a
/// guest may ask about any 32-bit size.
[[nodiscard]] constexpr std::uint64_t bytes_on_ring(std::uint64_t payload) noexcept {
  return sizeof(v4v_message_header) + ((payload + 15) & ~std::uint64_t{15});
}

/// Whether a message may start at `at` in a ring of `len` bytes.
[[nodiscard]] constexpr bool is_position(std::uint32_t at, std::uint32_t len) noexcept {
  return at < len && at % V4V_MESSAGE_ALIGNMENT == 0;
}

/// How much of a ring is free, as far as its owner lets us know.
struct ring_space {
  std::uint32_t free;  ///< Bytes between the write and the read position; 0 if broken.
  bool empty;          ///< The ring holds no message.
  bool broken;         ///< The owner's rx_ptr is not a position at all.

  /// Whether `need` bytes (bytes_on_ring) can be written now. Strictly less: a ring filled to the
  /// last byte would look empty.
  [[nodiscard]] constexpr bool fits(std::uint64_t need) const noexcept { return need < free; }
};

/// The one place where rx_ptr, which the guest can set to anything at any time, turns into a
/// space. `rx` is that value, read once; tx and len are the hypervisor's own, and good.
[[nodiscard]] constexpr ring_space measure_space(std::uint32_t rx, std::uint32_t tx,
                                                 std::uint32_t len) noexcept {
  if (!is_position(rx, len)) return {0, false, true};
  if (rx == tx) return {len, true, false};
  return {rx > tx ? rx - tx : len - (tx - rx), false, false};
}

}  // namespace v4v::hv
