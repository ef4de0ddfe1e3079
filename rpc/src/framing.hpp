#pragma once

#include <capnp/common.h>

#include <cstdint>

namespace v4v::rpc {

/// The most segments that a message may have. Cap'n Proto's own reader takes fewer than 512.
inline constexpr std::uint32_t most_segments = 512;

/// What the beginning of a message says about its size.
struct message_size {
  std::uint64_t words;  ///< Of the message with its segment table; a lower bound unless `exact`.
  bool exact;           ///< Whether the segment table was there to its end.
};

/// Reads as much of a message's segment table as `prefix` has (any number of words, of which those
/// after the table are ignored). This is the one place where framing is judged; whoever has an
/// exact size may rely on the table.
///
/// The stream framing of Cap'n Proto: u32 number of segments - 1, then for each its size in words
/// as u32, then a u32 of padding if that is needed for whole words; then the segments.
/// Little-endian.
///
/// Throws kj::Exception: FAILED for more than most_segments, which includes the count that
/// overflows; OVERLOADED for segments of more than `most_words` in all.
[[nodiscard]] message_size measure_message(kj::ArrayPtr<const capnp::word> prefix,
                                           std::uint64_t most_words);

/// Words that the segment table of a message takes.
[[nodiscard]] constexpr std::uint64_t segment_table_words(std::uint64_t segments) noexcept {
  return segments / 2 + 1;
}

/// Reads and writes the u32s of a segment table.
[[nodiscard]] std::uint32_t segment_table_entry(const capnp::word* table,
                                                std::size_t index) noexcept;
void set_segment_table_entry(capnp::word* table, std::size_t index, std::uint32_t value) noexcept;

}  // namespace v4v::rpc
