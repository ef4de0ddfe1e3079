#include "page_allocator.hpp"

#include <algorithm>

namespace v4v::detail {

void page_allocator::grow(std::size_t count) {
  if (count == 0) return;
  free_.reserve(taken_ + 2);
  if (!free_.empty() && free_.back().end() == size_)
    free_.back().count += count;
  else
    free_.push_back({size_, count});
  size_ += count;
}

std::optional<std::size_t> page_allocator::take(std::size_t count) {
  const auto found =
      std::find_if(free_.begin(), free_.end(), [=](const run& r) { return r.count >= count; });
  if (found == free_.end()) return std::nullopt;
  const std::size_t first = found->first;
  const auto index = found - free_.begin();
  if (free_.capacity() < taken_ + 3) free_.reserve(2 * (taken_ + 3));
  run& from = free_[static_cast<std::size_t>(index)];
  from.first += count;
  from.count -= count;
  if (from.count == 0) free_.erase(free_.begin() + index);
  ++taken_;
  return first;
}

void page_allocator::give_back(std::size_t first, std::size_t count) noexcept {
  --taken_;
  const auto behind =
      std::find_if(free_.begin(), free_.end(), [=](const run& r) { return r.first > first; });
  const bool touches_behind = behind != free_.end() && behind->first == first + count;
  const auto before = behind == free_.begin() ? free_.end() : behind - 1;
  const bool touches_before = before != free_.end() && before->end() == first;
  if (touches_before) {
    before->count += count;
    if (!touches_behind) return;
    before->count += behind->count;
    free_.erase(behind);
  } else if (touches_behind) {
    behind->first = first;
    behind->count += count;
  } else {
    free_.insert(behind, {first, count});
  }
}

std::size_t page_allocator::missing(std::size_t count) const noexcept {
  const bool end_is_free = !free_.empty() && free_.back().end() == size_;
  return count - std::min(count, end_is_free ? free_.back().count : 0);
}

}  // namespace v4v::detail
