#include "xen_cpuid.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace v4v::detail {
namespace {

// Hypervisors have their leaves from one of these on; Xen's are not the first where it shows the
// guest another hypervisor's as well.
constexpr std::uint32_t first_base = 0x40000000;
constexpr std::uint32_t last_base = 0x4000ff00;
constexpr std::uint32_t base_step = 0x100;

// In the leaf of what an HVM or PVH guest is given: a bit that says that ECX is the domain.
constexpr std::uint32_t hvm_leaf = 4;
constexpr std::uint32_t domain_is_present = 1u << 4;

bool is_xen(const cpuid_registers& r) {
  return r[1] == 0x566e6558 && r[2] == 0x65584d4d && r[3] == 0x4d4d566e;  // "XenVMMXenVMM"
}

}  // namespace

std::optional<domain_type> xen_domain(const cpuid_function& cpuid) {
  for (std::uint32_t base = first_base; base <= last_base; base += base_step) {
    const auto signature = cpuid(base, 0);
    if (!is_xen(signature)) continue;
    if (signature[0] < base + hvm_leaf) return std::nullopt;
    const auto hvm = cpuid(base + hvm_leaf, 0);
    if ((hvm[0] & domain_is_present) == 0) return std::nullopt;
    return static_cast<domain_type>(hvm[2]);
  }
  return std::nullopt;
}

std::optional<domain_type> xen_domain() {
#if defined(__x86_64__)
  return xen_domain([](std::uint32_t leaf, std::uint32_t subleaf) {
    cpuid_registers r{};
    __cpuid_count(leaf, subleaf, r[0], r[1], r[2], r[3]);
    return r;
  });
#else
  return std::nullopt;
#endif
}

}  // namespace v4v::detail
