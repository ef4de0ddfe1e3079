#include "core/hypervisor.hpp"

#include "core/errors.hpp"

namespace v4v::hv {

hypervisor::hypervisor(port& host, bool accept_by_default) noexcept
    : host_{host}, domains_lock_{host}, rules_{accept_by_default} {}

hypervisor::~hypervisor() {
  rules_.release(host_);
  domains_.release(host_);
}

long hypervisor::operate(domain& caller, call& c) noexcept {
  switch (c.op) {
    case V4V_OP_register_ring:
      return register_ring(caller, c.arg1, c.arg2, c.arg3);
    case V4V_OP_unregister_ring:
      return unregister_ring(caller, c.arg1, c.progress);
    case V4V_OP_notify:
      return notify(caller, c.arg1, c.progress);
    case V4V_OP_sendv:
      return sendv(caller, c.arg1, c.arg2, c.arg3, static_cast<std::uint32_t>(c.arg4));
    case V4V_OP_info:
      return info(caller, c.arg1);
    case V4V_OP_activity:
      return activity(caller, c.arg1, c.arg2, c.arg3);
    case V4V_OP_tables_add:
    case V4V_OP_tables_del:
    case V4V_OP_tables_list:
    case V4V_OP_config:
      return administer(caller, c);
    default:
      return error::no_operation;
  }
}

// The privileged operations. Whether the caller may is asked before anything that it passed is
// looked at.
long hypervisor::administer(domain& caller, const call& c) noexcept {
  if (!host_.is_privileged(caller)) return error::not_permitted;
  switch (c.op) {
    case V4V_OP_tables_add:
      return tables_add(caller, c.arg1, c.arg3);
    case V4V_OP_tables_del:
      return tables_del(caller, c.arg1, c.arg3);
    case V4V_OP_tables_list:
      return tables_list(caller, c.arg1);
    default:
      return config(caller, c.arg1);
  }
}

void hypervisor::add_counters(domain& d, totals& to) noexcept {
  shared_guard l2{host_, d.rings_lock};
  to.rings += d.of_gone_rings;
  to.rejections += d.rejections.load(std::memory_order_relaxed);
  d.rings.for_each([&](ring& r) {
    exclusive_guard l3{host_, r.lock};
    to.rings += r.counts();
  });
}

hypervisor::totals hypervisor::count() noexcept {
  shared_guard l1{host_, domains_lock_};
  totals sum = of_gone_domains_;
  domains_.for_each([&](domain& d) { add_counters(d, sum); });
  return sum;
}

}  // namespace v4v::hv
