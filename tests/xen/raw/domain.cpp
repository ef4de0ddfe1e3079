#include "domain.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <cerrno>
#include <stdexcept>

#include "expect.hpp"

namespace v4v::raw {

v4v_info ask_limits(hypervisor& hv) {
  v4v_info info{};
  const long result = hv.call(V4V_OP_info, address(&info));
  if (result == -ENOSYS)
    throw std::runtime_error("info: ENOSYS (V4V is not enabled: boot Xen with the option v4v)");
  if (result == -EPERM)
    throw std::runtime_error(
        "info: EPERM (the kernel restricts hypercalls of programs: modprobe xen-privcmd "
        "unrestricted=1)");
  require(result, 0, "info");
  if (info.ring_magic != V4V_RING_MAGIC || info.data_magic != V4V_RING_DATA_MAGIC)
    throw unexpected("info: the magics are others (hypercall 39 is something else here)");
  return info;
}

std::optional<std::uint16_t> own_number() {
#if defined(__x86_64__)
  // Xen's leaves come after those of a hypervisor that it poses as, if it does.
  for (std::uint32_t base = 0x40000000; base <= 0x4000ff00; base += 0x100) {
    std::uint32_t a = 0;
    std::uint32_t b = 0;
    std::uint32_t c = 0;
    std::uint32_t d = 0;
    __cpuid_count(base, 0, a, b, c, d);
    if (b != 0x566e6558 || c != 0x65584d4d || d != 0x4d4d566e) continue;  // "XenVMMXenVMM"
    if (a < base + 4) return std::nullopt;
    __cpuid_count(base + 4, 0, a, b, c, d);
    constexpr std::uint32_t domain_is_in_ecx = 1u << 4;
    if ((a & domain_is_in_ecx) != 0) return static_cast<std::uint16_t>(c);
    return std::nullopt;
  }
#endif
  return std::nullopt;
}

domain this_domain(hypervisor& hv, std::optional<std::uint16_t> given) {
  const v4v_info limits = ask_limits(hv);
  if (!given) given = own_number();
  if (!given)
    throw std::runtime_error("the processor does not tell this domain's number: give --domain");
  return {hv, *given, limits};
}

// There is nothing to be listed at address 0, and privilege is asked for first.
bool is_privileged(hypervisor& hv) { return hv.call(V4V_OP_tables_list) != -EPERM; }

}  // namespace v4v::raw
