#pragma once

#include "file_descriptor.hpp"

namespace v4v::detail {

/// Opens a device of Xen's for reading and writing; `flags` in addition. Throws std::system_error,
/// whose text says what to do next: become root, or load the kernel's `module`.
[[nodiscard]] file_descriptor open_device(const char* path, const char* module, int flags);

}  // namespace v4v::detail
