#include "open_device.hpp"

#include <fcntl.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace v4v::detail {

file_descriptor open_device(const char* path, const char* module, int flags) {
  file_descriptor device(::open(path, O_RDWR | O_CLOEXEC | flags));
  if (device.get() >= 0) return device;
  const int why = errno;
  std::string what = std::string("open ") + path;
  if (why == EACCES || why == EPERM)
    what += " (only root may: run as root)";
  else if (why == ENOENT || why == ENODEV || why == ENXIO)
    what += std::string(" (is this a Xen domain? Then: modprobe ") + module + ")";
  throw std::system_error(why, std::system_category(), what);
}

}  // namespace v4v::detail
