#include "privcmd.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "v4v/abi.h"

namespace v4v::raw {
namespace {

constexpr const char* device_name = "/dev/xen/privcmd";
constexpr const char* pagemap_name = "/proc/self/pagemap";

// The kernel's interface, as its header for user space (xen/privcmd.h) has it.
struct hypercall {
  std::uint64_t number;
  std::uint64_t arguments[5];
};
constexpr unsigned long make_hypercall = _IOC(_IOC_NONE, 'P', 0, sizeof(hypercall));

// An entry of pagemap: the frame in the low bits, and whether there is one.
constexpr std::uint64_t frame_bits = (std::uint64_t{1} << 55) - 1;
constexpr std::uint64_t present = std::uint64_t{1} << 63;

[[noreturn]] void fail(std::string_view what, int why, std::string_view next) {
  throw std::runtime_error(
      fmt::format("{}: {} ({})", what, std::generic_category().message(why), next));
}

int open_device() {
  const int device = ::open(device_name, O_RDWR | O_CLOEXEC);
  if (device >= 0) return device;
  fail(device_name, errno,
       errno == ENOENT ? "run this in a guest of Xen, and there modprobe xen-privcmd unrestricted=1"
                       : "run this as root, in a guest of Xen");
}

// Locked memory is not swapped, but the kernel may still move it to make room for large pages, and
// would not know that the hypervisor writes to it. Best effort: there are kernels without this.
void keep_locked_pages_in_place() {
  const int file = ::open("/proc/sys/vm/compact_unevictable_allowed", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  [[maybe_unused]] const ssize_t written = ::write(file, "0", 1);
  ::close(file);
}

}  // namespace

privcmd::privcmd() : device_(open_device()) {}
privcmd::~privcmd() { ::close(device_); }

long privcmd::make(std::uint64_t op, std::uint64_t arg1, std::uint64_t arg2, std::uint64_t arg3,
                   std::uint64_t arg4) {
  hypercall h{V4V_HYPERCALL, {op, arg1, arg2, arg3, arg4}};
  const int result = ::ioctl(device_, make_hypercall, &h);
  return result < 0 ? -errno : result;
}

std::vector<std::uint64_t> privcmd::frames(std::span<const std::byte> pages) {
  keep_locked_pages_in_place();
  std::vector<std::uint64_t> found(pages.size() / V4V_PAGE_SIZE);
  const int file = ::open(pagemap_name, O_RDONLY | O_CLOEXEC);
  if (file < 0) fail(pagemap_name, errno, "run this as root");
  const std::size_t size = found.size() * sizeof(found[0]);
  const auto from = static_cast<off_t>(address(pages.data()) / V4V_PAGE_SIZE * sizeof(found[0]));
  const ssize_t n = ::pread(file, found.data(), size, from);
  const int why = n < 0 ? errno : EIO;
  ::close(file);
  if (n != static_cast<ssize_t>(size)) fail(pagemap_name, why, "is /proc mounted?");
  for (std::uint64_t& entry : found) {
    if ((entry & present) == 0) fail(pagemap_name, EFAULT, "a locked page is not in memory");
    entry &= frame_bits;
    if (entry == 0) fail(pagemap_name, EPERM, "run this as root, or with CAP_SYS_ADMIN");
  }
  return found;
}

}  // namespace v4v::raw
