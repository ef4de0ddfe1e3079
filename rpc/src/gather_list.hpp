#pragma once

#include <capnp/common.h>
#include <kj/array.h>

#include <asio/buffer.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace v4v::rpc {

using segment_list = kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>>;

/// Messages as one sequence of buffers to write: each message's segment table, which this object
/// holds, and its segments where they are. Used again for the next messages, without allocating.
class gather_list {
 public:
  /// Begins anew. The segments, though not the arrays that list them, must stay until all is sent.
  /// Throws kj::Exception (FAILED), leaving the list empty, when a message has no segments or more
  /// than receivers accept.
  void assign(kj::ArrayPtr<const segment_list> messages);

  /// What is still to be written, without empty buffers.
  [[nodiscard]] std::span<const asio::const_buffer> rest() const noexcept;

  /// So many bytes of rest() were written.
  void sent(std::size_t bytes);

  /// Whether some bytes were written, but not all.
  [[nodiscard]] bool halfway() const noexcept { return any_sent_ && !rest().empty(); }

 private:
  void clear() noexcept;

  std::vector<std::uint64_t> tables_;
  std::vector<asio::const_buffer> buffers_;
  std::size_t next_ = 0;  // of buffers_
  bool any_sent_ = false;
};

}  // namespace v4v::rpc
