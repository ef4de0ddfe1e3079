#include "message_assembler.hpp"

#include <kj/debug.h>

#include <algorithm>
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
  reader_in_place(const capnp::ReaderOptions& limits, std::shared_ptr<const capnp::word[]> storage,
                  const capnp::word* table)
      : capnp::MessageReader{limits}, storage_{std::move(storage)} {
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
  const std::shared_ptr<const capnp::word[]> storage_;
  kj::ArrayPtr<const capnp::word> first_;
  kj::Array<kj::ArrayPtr<const capnp::word>> others_;
};

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
}

kj::Maybe<kj::Own<capnp::MessageReader>> message_assembler::next(
    const capnp::ReaderOptions& options) {
  if (pending() < needed_) return nullptr;
  const capnp::word* message = storage_.get() + begin_ / sizeof(capnp::word);
  const auto size = measure_message(kj::arrayPtr(message, pending() / sizeof(capnp::word)),
                                    options.traversalLimitInWords);
  needed_ = size.words * sizeof(capnp::word);
  if (!size.exact || pending() < needed_) return nullptr;

  begin_ += std::exchange(needed_, sizeof(capnp::word));
  return kj::Own<capnp::MessageReader>{kj::heap<reader_in_place>(options, storage_, message)};
}

// Makes `bytes` of storage the current one, with what is pending at its beginning.
void message_assembler::move_to(std::size_t bytes) {
  const std::size_t kept = pending();
  if (capacity_ == bytes && storage_.use_count() == 1) {
    if (kept > 0) std::memmove(storage_.get(), storage_.get() + begin_ / sizeof(capnp::word), kept);
  } else {
    auto fresh = std::make_shared_for_overwrite<capnp::word[]>(bytes / sizeof(capnp::word));
    if (kept > 0) std::memcpy(fresh.get(), storage_.get() + begin_ / sizeof(capnp::word), kept);
    storage_ = std::move(fresh);
    capacity_ = bytes;
  }
  begin_ = 0;
  end_ = kept;
}

}  // namespace v4v::rpc
