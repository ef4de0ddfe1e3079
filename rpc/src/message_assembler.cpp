#include "message_assembler.hpp"

#include <kj/debug.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

#include "framing.hpp"

namespace v4v::rpc {
namespace {

// Not worth a system call of its own: less space than this at the end of a block is left unused.
constexpr std::size_t least_space = 4096;

/// Reads a message whose segment table is known to be good.
class reader_in_place final : public capnp::MessageReader {
 public:
  reader_in_place(const capnp::ReaderOptions& limits, std::shared_ptr<const void> bytes,
                  const capnp::word* table)
      : capnp::MessageReader{limits}, bytes_{std::move(bytes)} {
    const std::size_t count = std::size_t{segment_table_entry(table, 0)} + 1;
    const capnp::word* position = table + segment_table_words(count);
    const auto take = [&](std::size_t id) {
      const std::size_t words = segment_table_entry(table, id + 1);
      return kj::arrayPtr(std::exchange(position, position + words), words);
    };
    first_ = take(0);
    if (count == 1) return;
    others_ = kj::heapArray<kj::ArrayPtr<const capnp::word>>(count - 1);
    for (std::size_t id = 1; id < count; ++id)
      others_[id - 1] = take(id);
  }

  kj::ArrayPtr<const capnp::word> getSegment(kj::uint id) override {
    if (id == 0) return first_;
    return id <= others_.size() ? others_[id - 1] : nullptr;
  }

 private:
  const std::shared_ptr<const void> bytes_;
  kj::ArrayPtr<const capnp::word> first_;
  kj::Array<kj::ArrayPtr<const capnp::word>> others_;
};

bool is_aligned(asio::const_buffer bytes) noexcept {
  return reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(capnp::word) == 0;
}

}  // namespace

message_assembler::message_assembler() { move_to(block_bytes); }

std::span<kj::byte> message_assembler::space() {
  if (!enough_space() || unused()) move_to(std::max(needed_, block_bytes));
  return {reinterpret_cast<kj::byte*>(storage_.get()) + end_, capacity_ - end_};
}

bool message_assembler::enough_space() const noexcept {
  if (between_messages()) return capacity_ - end_ >= least_space;
  return capacity_ - begin_ >= needed_;
}

// Then its beginning is the better place: it may still be in the cache.
bool message_assembler::unused() const noexcept {
  return between_messages() && storage_.use_count() == 1;
}

void message_assembler::received(std::size_t bytes) {
  KJ_REQUIRE(bytes <= capacity_ - end_, "received more bytes than there was space");
  end_ += bytes;
  counts_.bytes_copied += bytes;
}

void message_assembler::received(detail::lent_bytes&& lent) {
  KJ_REQUIRE(!lent_.keeps, "bytes were lent that would overtake others");
  lent_ = std::move(lent);
  skip_lent(0);
}

kj::Maybe<kj::Own<capnp::MessageReader>> message_assembler::next(
    const capnp::ReaderOptions& options) {
  if (pending() == 0 && lent_.keeps) {
    KJ_IF_MAYBE (reader, next_lent(options)) return kj::mv(*reader);
  }
  do {
    if (pending() < needed_) continue;
    const auto size = measure_message(kj::arrayPtr(unread(), pending() / sizeof(capnp::word)),
                                      options.traversalLimitInWords);
    needed_ = size.words * sizeof(capnp::word);
    if (!size.exact || pending() < needed_) continue;

    const capnp::word* const message = unread();
    begin_ += std::exchange(needed_, sizeof(capnp::word));
    ++(std::exchange(in_parts_, false) ? counts_.assembled : counts_.copied);
    return kj::Own<capnp::MessageReader>{kj::heap<reader_in_place>(options, storage_, message)};
  } while (copy_lent());
  in_parts_ = pending() > 0;
  return nullptr;
}

// Of the bytes that are lent, where they are; null unless it lies there in one piece. Others that
// begin there are copied from their first byte on.
kj::Maybe<kj::Own<capnp::MessageReader>> message_assembler::next_lent(
    const capnp::ReaderOptions& options) {
  if (!is_aligned(lent_.first)) return nullptr;
  const auto* message = static_cast<const capnp::word*>(lent_.first.data());
  const auto size = measure_message(kj::arrayPtr(message, lent_.first.size() / sizeof(capnp::word)),
                                    options.traversalLimitInWords);
  const std::size_t bytes = size.words * sizeof(capnp::word);
  if (!size.exact || bytes > lent_.first.size()) return nullptr;

  auto reader = kj::heap<reader_in_place>(options, lent_.keeps, message);
  skip_lent(bytes);
  ++counts_.in_place;
  counts_.bytes_in_place += bytes;
  return kj::Own<capnp::MessageReader>{kj::mv(reader)};
}

// As much as brings the next message forward, no more: what follows that may be read in place.
bool message_assembler::copy_lent() {
  if (!lent_.keeps) return false;
  const auto to = space();
  const auto bytes = std::min(needed_ - pending(), lent_.first.size());
  std::memcpy(to.data(), lent_.first.data(), bytes);
  received(bytes);
  skip_lent(bytes);
  in_parts_ = true;
  return true;
}

void message_assembler::skip_lent(std::size_t bytes) noexcept {
  lent_.first += bytes;
  if (lent_.first.size() == 0) lent_.first = std::exchange(lent_.second, {});
  if (lent_.first.size() == 0) lent_.keeps = nullptr;
}

// Makes `bytes` of storage the current one, with what is pending at its beginning.
void message_assembler::move_to(std::size_t bytes) {
  const std::size_t kept = pending();
  if (capacity_ == bytes && storage_.use_count() == 1) {
    if (kept > 0) std::memmove(storage_.get(), unread(), kept);
  } else {
    auto fresh = std::make_shared_for_overwrite<capnp::word[]>(bytes / sizeof(capnp::word));
    if (kept > 0) std::memcpy(fresh.get(), unread(), kept);
    storage_ = std::move(fresh);
    capacity_ = bytes;
  }
  begin_ = 0;
  end_ = kept;
  counts_.bytes_copied += kept;
}

}  // namespace v4v::rpc
