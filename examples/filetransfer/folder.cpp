#include "folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace filetransfer {
namespace {

constexpr std::string_view part_ending = ".part";
constexpr std::size_t max_name = NAME_MAX - part_ending.size();

std::string message_of(int error) { return std::generic_category().message(error); }

[[noreturn]] void reject(const std::string& why) { throw std::runtime_error(why); }

// What a peer has called something may be anything; it goes to terminals and logs.
std::string printable(std::string_view text) {
  std::string result(text.substr(0, max_name));
  std::ranges::replace_if(
      result, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, '?');
  return result;
}

std::string why_not(std::string_view name) {
  if (name.empty()) return "it is empty";
  if (name == "." || name == "..") return "it is the name of a folder";
  if (name.find('/') != std::string_view::npos) return "it has a slash";
  if (name.find('\0') != std::string_view::npos) return "it has a zero byte";
  if (name.size() > max_name) return fmt::format("it is longer than {} bytes", max_name);
  if (name.ends_with(part_ending)) return "files that are not all there yet have such names";
  return {};
}

}  // namespace

file_name::file_name(std::string_view text) : text_(text) {
  if (const auto why = why_not(text); !why.empty())
    reject(fmt::format("the service does not take a file of the name \"{}\": {}", printable(text),
                       why));
}

std::string file_name::of_part() const { return text_ + std::string(part_ending); }

folder::folder(const std::string& path) {
  descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) reject(fmt::format("{}: {}", path, message_of(errno)));
  fd_ = std::make_shared<const descriptor>(std::move(fd));
}

part_file folder::open(const file_name& name) const {
  struct stat there {};
  if (::fstatat(fd_->get(), name.text().c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
      !S_ISREG(there.st_mode))
    reject(fmt::format("{}: is there, and is not a regular file", printable(name.text())));
  return {fd_, name};
}

part_file::part_file(std::shared_ptr<const descriptor> folder, file_name name)
    : folder_(std::move(folder)), name_(std::move(name)) {
  while (!open_and_lock()) {
  }
}

// False when another has finished with the file between our opening and our locking it, and what we
// have is not what bears the name.
bool part_file::open_and_lock() {
  const auto name = name_.of_part();
  // A pipe of that name would else keep the service waiting for its other end.
  constexpr int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  file_ = descriptor(::openat(folder_->get(), name.c_str(), flags, 0666));
  if (!file_ && errno == ELOOP) reject(printable(name) + ": is a symbolic link");
  if (!file_) fail("could not be opened", errno);

  struct stat ours {};
  if (::fstat(file_.get(), &ours) != 0) fail("could not be opened", errno);
  if (!S_ISREG(ours.st_mode)) reject(printable(name) + ": is there, and is not a regular file");
  if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) fail("could not be locked", errno);
    reject(fmt::format("another transfer to {} is under way: try again when it is done",
                       printable(name_.text())));
  }

  struct stat named {};
  if (::fstatat(folder_->get(), name.c_str(), &named, AT_SYMLINK_NOFOLLOW) != 0 ||
      named.st_dev != ours.st_dev || named.st_ino != ours.st_ino)
    return false;
  if (::fstat(file_.get(), &ours) != 0) fail("could not be opened", errno);  // it may have grown
  size_ = static_cast<std::uint64_t>(ours.st_size);
  return true;
}

void part_file::append(std::span<const std::byte> bytes) {
  const auto written = write_at(file_, bytes, size_);
  const int error = errno;
  size_ += written;
  if (written == bytes.size()) return;
  reject(fmt::format(
      "{}: {}, after {} bytes. They are kept: make room, then run the same again to go on",
      printable(name_.of_part()), message_of(error), size_));
}

void part_file::read(std::span<std::byte> into, std::uint64_t offset) const {
  const auto n = read_at(file_, into, offset);
  if (n < 0) fail("could not be read", errno);
  if (static_cast<std::size_t>(n) != into.size())
    reject(printable(name_.of_part()) + ": somebody else has made it shorter");
}

void part_file::discard() {
  if (::ftruncate(file_.get(), 0) != 0) fail("could not be emptied", errno);
  size_ = 0;
}

void part_file::commit() {
  const auto part = name_.of_part();
  // In this order: a name for what is on the disk, not for what might never get there.
  if (::fsync(file_.get()) != 0) fail("could not be written to the disk", errno);
  if (::renameat(folder_->get(), part.c_str(), folder_->get(), name_.text().c_str()) != 0)
    fail(fmt::format("could not be renamed to {}", printable(name_.text())), errno);
  if (::fsync(folder_->get()) != 0) fail("was renamed, but that is not on the disk", errno);
}

void part_file::fail(std::string_view doing, int error) const {
  reject(fmt::format("{}: {}: {}", printable(name_.of_part()), doing, message_of(error)));
}

}  // namespace filetransfer
