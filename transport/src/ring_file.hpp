#pragma once

#include <string>

#include "file_descriptor.hpp"

namespace v4v::detail {

/// The file that this program keeps its rings in: one of a certain name in some folder, locked for
/// as long as the object lives.
///
/// A hypervisor that writes to rings by their place in the guest's memory may go on for a moment
/// when the program is killed. The file stays then, by its name, and so do its pages, which nobody
/// else can be given; the next program finds them. An orderly end removes it.
///
/// A child of fork(2) that destroys its copy removes nothing.
class ring_file {
 public:
  /// Opens or creates `folder`/v4v-rings. Throws std::system_error: device_or_resource_busy if it
  /// is locked, by another program or by a child that one has left behind;
  /// operation_not_permitted if somebody else made it, who could read the rings.
  explicit ring_file(const std::string& folder);
  ~ring_file();
  ring_file(const ring_file&) = delete;
  ring_file& operator=(const ring_file&) = delete;

  /// Gives all of its pages back. To be called when the hypervisor has given up what a program
  /// before had there; until then the file is that program's, and nothing removes it. Throws
  /// std::system_error.
  void empty();

  [[nodiscard]] int descriptor() const noexcept { return file_.get(); }

 private:
  std::string path_;
  int process_;
  bool is_mine_ = false;
  file_descriptor file_;
};

}  // namespace v4v::detail
