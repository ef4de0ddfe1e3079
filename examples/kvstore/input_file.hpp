#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kvstore {

/// Longest piece of a file that is kept under one key.
inline constexpr std::size_t max_piece = 64 * 1024;

/// The bytes of the regular file at `path`. Throws std::runtime_error, saying what is wrong with
/// it.
std::string read_file(const std::string& path);

/// Its lines, each with its newline; lines longer than max_piece, such as a binary file may have,
/// in several pieces. Together they are all of `text`.
std::vector<std::string_view> pieces_of(std::string_view text);

}  // namespace kvstore
