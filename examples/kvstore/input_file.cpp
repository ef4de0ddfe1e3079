#include "input_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace kvstore {
namespace {

std::string message_of(int error) { return std::generic_category().message(error); }

}  // namespace

std::string read_file(const std::string& path) {
  std::error_code ec;
  const auto status = std::filesystem::status(path, ec);
  if (!std::filesystem::exists(status))
    throw std::runtime_error(fmt::format("{}: {}", path, message_of(ec ? ec.value() : ENOENT)));
  if (!std::filesystem::is_regular_file(status))
    throw std::runtime_error(fmt::format("{}: not a regular file", path));

  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error(fmt::format("{}: {}", path, message_of(errno)));
  std::string text(std::filesystem::file_size(path), '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (static_cast<std::size_t>(in.gcount()) != text.size())
    throw std::runtime_error(fmt::format("{}: could not be read to its end", path));
  return text;
}

std::vector<std::string_view> pieces_of(std::string_view text) {
  std::vector<std::string_view> pieces;
  while (!text.empty()) {
    const auto newline = text.find('\n');
    const auto line = newline == std::string_view::npos ? text.size() : newline + 1;
    const auto n = std::min(line, max_piece);
    pieces.push_back(text.substr(0, n));
    text.remove_prefix(n);
  }
  return pieces;
}

}  // namespace kvstore
