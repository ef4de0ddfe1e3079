#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>

namespace v4v::detail {

inline constexpr std::size_t huge_page_size = 2 * 1024 * 1024;

/// Where the first hugetlbfs with pages of 2 MiB is mounted, in a text of the form of
/// /proc/mounts; empty if there is none.
[[nodiscard]] std::string huge_page_folder_in(std::istream& mounts);

/// The same, in this program's own /proc/self/mounts. Throws std::system_error, whose text says
/// how to mount one, if there is none.
[[nodiscard]] std::string huge_page_folder();

}  // namespace v4v::detail
