#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "descriptor.hpp"

namespace filetransfer {

/// The file that is sent, read piece by piece.
class source_file {
 public:
  /// Throws std::runtime_error when it is not there, is no regular file, or cannot be read.
  explicit source_file(const std::string& path);

  /// When it was opened.
  [[nodiscard]] std::uint64_t size() const { return static_cast<std::uint64_t>(opened_.st_size); }

  /// Fills `into`. Throws std::runtime_error when that cannot be.
  void read(std::span<std::byte> into, std::uint64_t offset) const;

  /// Throws std::runtime_error when somebody has written to it since it was opened: what was read
  /// is then neither what it was nor what it is.
  void require_unchanged() const;

 private:
  [[noreturn]] void fail_changed() const;

  std::string path_;
  descriptor file_;
  struct stat opened_ {};
};

}  // namespace filetransfer
