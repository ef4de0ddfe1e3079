#pragma once

#include <memory>

#include "memory_file.hpp"
#include "v4v/link.hpp"

namespace v4v::detail {

/// Pages of this process for a ring. The frame numbers are addresses divided by the page size, as
/// the embedded hypervisor has them.
///
/// Throws std::bad_alloc, std::system_error.
[[nodiscard]] std::unique_ptr<ring_memory> process_pages(memory_file& file, std::size_t bytes);

}  // namespace v4v::detail
