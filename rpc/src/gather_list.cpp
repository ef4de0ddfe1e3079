#include "gather_list.hpp"

#include <kj/debug.h>

#include <limits>

#include "framing.hpp"

namespace v4v::rpc {

void gather_list::assign(kj::ArrayPtr<const segment_list> messages) {
  clear();
  std::size_t table_words = 0;
  for (const segment_list& message : messages) {
    KJ_REQUIRE(message.size() > 0 && message.size() <= most_segments,
               "a message must have at least one segment, and no more than receivers accept",
               message.size(), most_segments);
    table_words += segment_table_words(message.size());
  }
  tables_.resize(table_words);  // once: buffers refer to it

  auto* table = reinterpret_cast<capnp::word*>(tables_.data());
  for (const segment_list& message : messages) {
    const std::size_t words = segment_table_words(message.size());
    set_segment_table_entry(table, 0, static_cast<std::uint32_t>(message.size() - 1));
    set_segment_table_entry(table, 2 * words - 1, 0);  // the padding, unless overwritten below
    buffers_.emplace_back(table, words * sizeof(capnp::word));
    for (std::size_t i = 0; i < message.size(); ++i) {
      const auto& segment = message[i];
      set_segment_table_entry(table, i + 1, static_cast<std::uint32_t>(segment.size()));
      if (segment.size() > 0) {
        buffers_.emplace_back(segment.begin(), segment.size() * sizeof(capnp::word));
      }
    }
    table += words;
  }
}

std::span<const asio::const_buffer> gather_list::rest() const noexcept {
  return std::span{buffers_}.subspan(next_);
}

void gather_list::sent(std::size_t bytes) {
  if (bytes > 0) any_sent_ = true;
  while (bytes > 0) {
    KJ_REQUIRE(next_ < buffers_.size(), "more bytes were sent than there were");
    asio::const_buffer& buffer = buffers_[next_];
    if (bytes < buffer.size()) {
      buffer += bytes;
      return;
    }
    bytes -= buffer.size();
    ++next_;
  }
}

void gather_list::clear() noexcept {
  tables_.clear();
  buffers_.clear();
  next_ = 0;
  any_sent_ = false;
}

}  // namespace v4v::rpc
