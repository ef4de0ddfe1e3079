#pragma once

#include <cstddef>
#include <vector>

namespace v4v::detail {

/// Keeps the memory of a message_view.
class view_holder {
 public:
  virtual ~view_holder() = default;
  view_holder() = default;
  view_holder(const view_holder&) = delete;
  view_holder& operator=(const view_holder&) = delete;
};

/// Bytes that had to be copied out, because they were never in a ring of the connection's own, or
/// its memory cannot be mapped twice.
class copied_bytes final : public view_holder {
 public:
  explicit copied_bytes(std::size_t n) : bytes(n) {}
  std::vector<std::byte> bytes;
};

}  // namespace v4v::detail
