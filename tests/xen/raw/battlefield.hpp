#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dice.hpp"
#include "domain.hpp"
#include "memory.hpp"

namespace v4v::raw {

/// The memory that hostile calls are about, and what they may name: all so that the guest itself
/// survives whatever the hypervisor does with it as long as that is within v4v/abi.h.
///
/// The rule is about frame numbers: the hypervisor writes to those that it is given. It is only
/// ever told to read them from `lists`, in which each word is at any time either a page of `arena`
/// or a number that no guest has memory at, and to which no call writes.
class battlefield {
 public:
  battlefield(const domain& here, std::optional<std::uint16_t> other);

  static constexpr std::size_t argument_pages = 8;  ///< At the beginning of the arena.
  static constexpr std::size_t ring_pages = 248;    ///< Behind them; they begin with ring headers.
  static constexpr std::size_t most_frames = 4097;  ///< Of a ring.

  memory arena;
  memory lists;

  [[nodiscard]] std::byte* ring_page(std::size_t i) const { return arena.page(argument_pages + i); }
  [[nodiscard]] std::span<std::uint64_t> frame_words() const;

  /// A page that cannot be written to: a ring header, and a notify block at `block_offset`.
  [[nodiscard]] const std::byte* read_only() const { return read_only_.page(0); }
  static constexpr std::size_t block_offset = 64;
  [[nodiscard]] bool read_only_is_untouched() const;

  /// What rings have for ports and partners: nothing else, so that all can be found in the end.
  static constexpr std::uint32_t ports[] = {1, 2, 3, 4, 5000};
  [[nodiscard]] std::span<const std::uint16_t> partners() const { return partners_; }
  [[nodiscard]] std::uint16_t own() const { return partners_[1]; }
  [[nodiscard]] std::uint16_t other() const { return partners_[2]; }

  /// A frame number that may be in `lists`.
  [[nodiscard]] std::uint64_t some_frame(dice& by) const;
  [[nodiscard]] bool is_allowed_frame(std::uint64_t frame) const;

 private:
  memory read_only_;
  std::array<std::uint16_t, 5> partners_;
};

}  // namespace v4v::raw
