#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace v4v::detail {

/// Which of the pages 0 to size() - 1 are free. Takes the first that fit; what is given back
/// becomes one with its free neighbours.
///
/// It knows numbers only, and nothing of the memory. Not thread-safe.
class page_allocator {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// As many more pages at the end, all of them free. Throws std::bad_alloc.
  void grow(std::size_t count);

  /// The first of `count` > 0 pages in a row, which are not free from now on; none if there are no
  /// such. Throws std::bad_alloc.
  [[nodiscard]] std::optional<std::size_t> take(std::size_t count);

  /// Pages that take() answered with, all of them at once.
  void give_back(std::size_t first, std::size_t count) noexcept;

  /// How many pages are missing at the end for take(count) to find as many in a row there.
  [[nodiscard]] std::size_t missing(std::size_t count) const noexcept;

 private:
  struct run {
    std::size_t first;
    std::size_t count;
    [[nodiscard]] std::size_t end() const noexcept { return first + count; }
  };

  std::size_t size_ = 0;
  std::size_t taken_ = 0;  // calls of take() that were not given back
  // By position; no two of them touch. There is room for one more than are taken, so that
  // giving back never needs memory: each piece that is taken parts two runs at most.
  std::vector<run> free_;
};

}  // namespace v4v::detail
