#include "source_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace filetransfer {
namespace {

[[noreturn]] void fail_with(const std::string& path, int error) {
  throw std::runtime_error(path + ": " + std::generic_category().message(error));
}

}  // namespace

// A pipe without O_NONBLOCK would keep us waiting before we could say that it is none.
source_file::source_file(const std::string& path)
    : path_(path), file_(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
  if (!file_ || ::fstat(file_.get(), &opened_) != 0) fail_with(path_, errno);
  if (!S_ISREG(opened_.st_mode)) throw std::runtime_error(path_ + ": is not a regular file");
}

void source_file::read(std::span<std::byte> into, std::uint64_t offset) const {
  const auto n = read_at(file_, into, offset);
  if (n < 0) fail_with(path_, errno);
  if (static_cast<std::size_t>(n) != into.size()) fail_changed();
}

void source_file::require_unchanged() const {
  struct stat now {};
  if (::fstat(file_.get(), &now) != 0) fail_with(path_, errno);
  if (now.st_size != opened_.st_size || now.st_mtim.tv_sec != opened_.st_mtim.tv_sec ||
      now.st_mtim.tv_nsec != opened_.st_mtim.tv_nsec)
    fail_changed();
}

void source_file::fail_changed() const {
  throw std::runtime_error(fmt::format(
      "{}: was written to while it was sent; run the same again when it is at rest", path_));
}

}  // namespace filetransfer
