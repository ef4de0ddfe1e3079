#include "huge_pages.hpp"

#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>

namespace v4v::detail {
namespace {

// Blanks and backslashes in names are written as a backslash and three octal digits.
std::string unescaped(std::string_view name) {
  const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string plain;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '\\' && i + 3 < name.size() && is_octal(name[i + 1]) && is_octal(name[i + 2]) &&
        is_octal(name[i + 3])) {
      plain += static_cast<char>((name[i + 1] - '0') * 64 + (name[i + 2] - '0') * 8 +
                                 (name[i + 3] - '0'));
      i += 3;
    } else {
      plain += name[i];
    }
  }
  return plain;
}

bool has_option(std::string_view options, std::string_view wanted) {
  for (;;) {
    const auto comma = options.find(',');
    if (options.substr(0, comma) == wanted) return true;
    if (comma == std::string_view::npos) return false;
    options.remove_prefix(comma + 1);
  }
}

}  // namespace

std::string huge_page_folder_in(std::istream& mounts) {
  std::string line;
  while (std::getline(mounts, line)) {
    std::istringstream fields(line);
    std::string device, folder, type, options;
    fields >> device >> folder >> type >> options;
    if (type == "hugetlbfs" && has_option(options, "pagesize=2M")) return unescaped(folder);
  }
  return {};
}

std::string huge_page_folder() {
  std::ifstream mounts("/proc/self/mounts");
  std::string folder = huge_page_folder_in(mounts);
  if (folder.empty())
    throw std::system_error(
        std::make_error_code(std::errc::no_such_file_or_directory),
        "rings need huge pages, and no hugetlbfs with pages of 2 MiB is mounted "
        "(mkdir -p /dev/hugepages && mount -t hugetlbfs -o pagesize=2M none "
        "/dev/hugepages)");
  return folder;
}

}  // namespace v4v::detail
