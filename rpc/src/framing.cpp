#include "framing.hpp"

#include <kj/debug.h>

#include <bit>
#include <cstring>

namespace v4v::rpc {

static_assert(std::endian::native == std::endian::little);

std::uint32_t segment_table_entry(const capnp::word* table, std::size_t index) noexcept {
  std::uint32_t value;
  std::memcpy(&value, reinterpret_cast<const kj::byte*>(table) + index * sizeof value,
              sizeof value);
  return value;
}

void set_segment_table_entry(capnp::word* table, std::size_t index, std::uint32_t value) noexcept {
  std::memcpy(reinterpret_cast<kj::byte*>(table) + index * sizeof value, &value, sizeof value);
}

message_size measure_message(kj::ArrayPtr<const capnp::word> prefix, std::uint64_t most_words) {
  if (prefix.size() == 0) return {1, false};

  const std::uint64_t segments = std::uint64_t{segment_table_entry(prefix.begin(), 0)} + 1;
  KJ_REQUIRE(segments <= most_segments, "refused a message of too many segments", segments,
             most_segments);

  const std::uint64_t table = segment_table_words(segments);
  if (prefix.size() < table) return {table, false};

  std::uint64_t words = 0;  // 512 times 2^32 at most
  for (std::size_t i = 1; i <= segments; ++i)
    words += segment_table_entry(prefix.begin(), i);
  if (words > most_words) {
    kj::throwFatalException(KJ_EXCEPTION(
        OVERLOADED,
        kj::str("a message of ", words, " words is over the receiver's limit of ", most_words)));
  }
  return {table + words, true};
}

}  // namespace v4v::rpc
