#include "xen_hypercalls.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "open_device.hpp"
#include "resident.hpp"

namespace v4v::detail {
namespace {

// The kernel's interface, as its header for user space (xen/privcmd.h) has it.
struct hypercall {
  std::uint64_t number;
  std::uint64_t arguments[5];
};
constexpr unsigned long make_hypercall = _IOC(_IOC_NONE, 'P', 0, sizeof(hypercall));

[[noreturn]] void fail(int why, const char* what) {
  throw std::system_error(why, std::system_category(), what);
}

}  // namespace

xen_hypercalls::xen_hypercalls() : device_(open_device(device, "xen-privcmd", 0)) {}

long xen_hypercalls::call(std::uint32_t op, std::uint64_t arg1, std::uint64_t arg2,
                          std::uint64_t arg3, std::uint64_t arg4) const noexcept {
  hypercall h{V4V_HYPERCALL, {op, arg1, arg2, arg3, arg4}};
  const int result = ::ioctl(device_.get(), make_hypercall, &h);
  return result < 0 ? -errno : result;
}

long xen_hypercalls::info(v4v_info& answer) const noexcept {
  return call_with_memory(
      [&] { return call(V4V_OP_info, reinterpret_cast<std::uintptr_t>(&answer)); },
      [&] { return make_writable(std::as_writable_bytes(std::span(&answer, 1))); });
}

v4v_info xen_hypercalls::info() const {
  constexpr const char* another =
      "the hypervisor has another interface than this V4V under hypercall 39 (another version of "
      "V4V, or Argo)";
  v4v_info answer{};
  switch (const long result = info(answer); - result) {
    case 0:
      break;
    case ENOSYS:
      fail(ENOSYS, "V4V is not enabled in this Xen (boot it with the option v4v)");
    case EPERM:
      fail(EPERM,
           "the kernel restricts hypercalls of programs (load its module with modprobe "
           "xen-privcmd unrestricted=1, or boot it with xen_privcmd.unrestricted=1)");
    case EINVAL:
    case EOPNOTSUPP:
      fail(static_cast<int>(-result), another);
    default:
      fail(static_cast<int>(-result), "V4V info");
  }
  if (answer.ring_magic != V4V_RING_MAGIC || answer.data_magic != V4V_RING_DATA_MAGIC)
    fail(EPROTONOSUPPORT, another);
  return answer;
}

}  // namespace v4v::detail
