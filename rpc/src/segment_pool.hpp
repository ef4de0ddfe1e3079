#pragma once

#include <capnp/common.h>
#include <kj/array.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace v4v::rpc {

/// First segments for messages to be built in, used again and again. A fresh one has to be zeroed
/// as a whole for each message, where a builder that gives one back has zeroed just what it used.
class segment_pool {
 public:
  static constexpr std::size_t segment_words = 1024;
  static constexpr std::size_t kept_at_most = 64;

  /// All zeros.
  [[nodiscard]] kj::Array<capnp::word> take() {
    if (free_.empty()) {
      auto fresh = kj::heapArray<capnp::word>(segment_words);
      std::ranges::fill(fresh.asBytes(), kj::byte{0});
      return fresh;
    }
    auto segment = kj::mv(free_.back());
    free_.pop_back();
    return segment;
  }

  /// All zeros again.
  void give_back(kj::Array<capnp::word>&& segment) noexcept {
    if (free_.size() < kept_at_most) free_.push_back(kj::mv(segment));
  }

 private:
  std::vector<kj::Array<capnp::word>> free_ = room();

  static std::vector<kj::Array<capnp::word>> room() {
    std::vector<kj::Array<capnp::word>> all;
    all.reserve(kept_at_most);
    return all;
  }
};

/// One of them, as long as it is needed; an empty one without a pool. The pool stays as long as its
/// segments.
class pooled_segment {
 public:
  explicit pooled_segment(std::shared_ptr<segment_pool> pool)
      : pool_{std::move(pool)}, words_{pool_ ? pool_->take() : nullptr} {}
  ~pooled_segment() {
    if (pool_) pool_->give_back(kj::mv(words_));
  }
  pooled_segment(const pooled_segment&) = delete;
  pooled_segment& operator=(const pooled_segment&) = delete;

  [[nodiscard]] kj::ArrayPtr<capnp::word> words() noexcept { return words_; }

 private:
  const std::shared_ptr<segment_pool> pool_;
  kj::Array<capnp::word> words_;
};

}  // namespace v4v::rpc
