#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace v4v::detail {

/// Memory without a name (memfd), in which a program's rings lie one behind the other, so that it
/// can be mapped more than once: one descriptor for all of them.
///
/// Places are never used again. One that nobody maps any more is a hole, and costs nothing.
///
/// A child of fork(2) shares the memory, and must leave it alone: it does not inherit the shared
/// mappings, and gives nothing back.
///
/// Thread-safe.
class memory_file : public std::enable_shared_from_this<memory_file> {
 public:
  memory_file();  ///< Throws std::system_error.
  ~memory_file();
  memory_file(const memory_file&) = delete;
  memory_file& operator=(const memory_file&) = delete;

  /// A place in the file, zeroed; the memory is given back with the object. It keeps the file.
  class extent {
   public:
    extent(std::shared_ptr<memory_file> file, std::size_t offset, std::size_t size) noexcept
        : file_(std::move(file)), offset_(offset), size_(size) {}
    ~extent();
    extent(const extent&) = delete;
    extent& operator=(const extent&) = delete;

    /// Maps it for reading and writing: `flags` are MAP_SHARED or MAP_PRIVATE. Null if that fails,
    /// with errno. To be unmapped with the same size.
    [[nodiscard]] void* map(int flags) const noexcept;

    /// Maps it privately, and from its second page on once more behind that: 2 n - 1 pages for n.
    /// Null if that fails, with errno.
    [[nodiscard]] void* map_unrolled() const noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

   private:
    std::shared_ptr<memory_file> file_;
    std::size_t offset_;
    std::size_t size_;
  };

  /// `size` is a number of whole pages. Throws std::system_error, std::bad_alloc.
  [[nodiscard]] std::shared_ptr<const extent> reserve(std::size_t size);

 private:
  const int descriptor_;
  const int process_;
  std::mutex mutex_;
  std::size_t end_ = 0;
};

}  // namespace v4v::detail
