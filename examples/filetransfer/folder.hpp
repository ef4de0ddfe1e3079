#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "descriptor.hpp"

namespace filetransfer {

/// A name that a peer gave for a file, and that is the name of a file in one folder and nothing
/// else.
class file_name {
 public:
  /// Throws std::runtime_error, saying what is wrong with it.
  explicit file_name(std::string_view text);

  [[nodiscard]] const std::string& text() const { return text_; }
  /// The name under which the file is kept until it is all there. No file_name is one of these.
  [[nodiscard]] std::string of_part() const;

 private:
  std::string text_;
};

class part_file;

/// The folder that files are taken into. Peers name files in it, and nothing that they name leads
/// out of it: names have no slashes, and links are not followed.
class folder {
 public:
  /// Throws std::runtime_error when there is no such folder.
  explicit folder(const std::string& path);

  /// The beginning of a file, as far as it is there. Throws std::runtime_error: when another has it
  /// open, here or in another process; when the name is that of something else than a file; when it
  /// cannot be written.
  [[nodiscard]] part_file open(const file_name& name) const;

 private:
  std::shared_ptr<const descriptor> fd_;  // parts may live longer
};

/// A file that is not all there yet. Nobody else writes to it.
class part_file {
 public:
  [[nodiscard]] std::uint64_t size() const { return size_; }

  /// Adds to its end. Throws std::runtime_error when not all of it could be written; what was is
  /// there.
  void append(std::span<const std::byte> bytes);

  /// Bytes from its beginning or middle. Throws std::runtime_error when they are not there.
  void read(std::span<std::byte> into, std::uint64_t offset) const;

  void discard();

  /// Gives it its name, in place of a file that had that. It is on the disk then, whatever happens.
  /// Throws std::runtime_error.
  void commit();

 private:
  friend class folder;
  part_file(std::shared_ptr<const descriptor> folder, file_name name);

  [[nodiscard]] bool open_and_lock();
  [[noreturn]] void fail(std::string_view doing, int error) const;

  std::shared_ptr<const descriptor> folder_;
  file_name name_;
  descriptor file_;
  std::uint64_t size_ = 0;
};

}  // namespace filetransfer
