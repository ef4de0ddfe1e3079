#include "ring_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace v4v::detail {
namespace {

[[noreturn]] void fail(int why, const std::string& what) {
  throw std::system_error(why, std::system_category(), what);
}

// Whether the file still has a name: the program that had it locked may have removed it.
bool open_locked(const std::string& path, file_descriptor& file) {
  file = file_descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.get() < 0) fail(errno, "the file for rings, " + path);
  struct stat is {};
  if (::fstat(file.get(), &is) != 0) fail(errno, path);
  if (!S_ISREG(is.st_mode) || is.st_uid != ::geteuid())
    fail(EPERM, path + " is not a file that this user made (remove it)");
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0)
    fail(errno == EWOULDBLOCK ? EBUSY : errno,
         "another program of this guest, or a child that one has left behind, uses V4V and has " +
             path + " locked");
  if (::fstat(file.get(), &is) != 0) fail(errno, path);
  return is.st_nlink != 0;
}

}  // namespace

ring_file::ring_file(const std::string& folder)
    : path_(folder + "/v4v-rings"), process_(::getpid()) {
  while (!open_locked(path_, file_)) {
  }
}

// Under the lock, so that it is this file and no other's. Unlocked expressly, for a child may have
// a copy of the descriptor.
ring_file::~ring_file() {
  if (::getpid() != process_) return;
  if (is_mine_) ::unlink(path_.c_str());
  ::flock(file_.get(), LOCK_UN);
}

void ring_file::empty() {
  if (::ftruncate(file_.get(), 0) != 0) fail(errno, path_);
  is_mine_ = true;
}

}  // namespace v4v::detail
