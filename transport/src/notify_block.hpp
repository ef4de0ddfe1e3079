#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <vector>

#include "v4v/abi.h"
#include "v4v/endpoint.hpp"

namespace v4v::detail {

/// The argument of notify: a header, and behind it the questions, which become the answers.
class notify_block {
 public:
  notify_block() { clear(); }

  void clear() {
    storage_.assign(words(sizeof(v4v_ring_data)), 0);
    new (storage_.data()) v4v_ring_data{V4V_RING_DATA_MAGIC, 0, 0, {}};
  }

  /// Asks for `space_required` bytes of payload in the ring at `e`.
  void ask(const endpoint& e, std::uint32_t space_required) {
    const std::size_t at = sizeof(v4v_ring_data) + size() * sizeof(v4v_ring_data_ent);
    storage_.resize(words(at + sizeof(v4v_ring_data_ent)));
    new (reinterpret_cast<std::byte*>(storage_.data()) + at)
        v4v_ring_data_ent{{e.port(), e.domain(), 0}, 0, 0, space_required, 0};
    ++data()->nent;
  }

  [[nodiscard]] v4v_ring_data* data() noexcept {
    return std::launder(reinterpret_cast<v4v_ring_data*>(storage_.data()));
  }
  [[nodiscard]] std::size_t size() noexcept { return data()->nent; }
  [[nodiscard]] std::span<const v4v_ring_data_ent> answers() noexcept {
    return {std::launder(v4v_ring_data_entries(data())), size()};
  }

 private:
  static constexpr std::size_t words(std::size_t bytes) noexcept {
    return (bytes + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
  }

  std::vector<std::uint64_t> storage_;  // for the alignment of the header
};

}  // namespace v4v::detail
