#include "core/hypervisor.hpp"

#include "core/errors.hpp"

namespace v4v::hv {

hypervisor::hypervisor(port& host) noexcept : host_{host}, domains_lock_{host} {}

hypervisor::~hypervisor() { domains_.release(host_); }

long hypervisor::operate(domain& caller, std::uint32_t op, std::uint64_t arg1, std::uint64_t arg2,
                         std::uint64_t arg3, std::uint64_t arg4) noexcept {
  switch (op) {
    case V4V_OP_register_ring:
      return register_ring(caller, arg1, arg2, arg3);
    case V4V_OP_unregister_ring:
      return unregister_ring(caller, arg1);
    case V4V_OP_notify:
      return notify(caller, arg1);
    case V4V_OP_sendv:
      return sendv(caller, arg1, arg2, arg3, static_cast<std::uint32_t>(arg4));
    case V4V_OP_info:
      return info(caller, arg1);
    default:
      return error::no_operation;
  }
}

void hypervisor::add_counters(domain& d, totals& to) noexcept {
  shared_guard l2{host_, d.rings_lock};
  to.rings += d.of_gone_rings;
  to.rejections += d.rejections.load(std::memory_order_relaxed);
  d.rings.for_each([&](ring& r) {
    exclusive_guard l3{host_, r.lock};
    to.rings += r.counters;
  });
}

hypervisor::totals hypervisor::count() noexcept {
  shared_guard l1{host_, domains_lock_};
  totals sum = of_gone_domains_;
  domains_.for_each([&](domain& d) { add_counters(d, sum); });
  return sum;
}

}  // namespace v4v::hv
