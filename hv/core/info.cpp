#include "core/errors.hpp"
#include "core/guest_memory.hpp"
#include "core/hypervisor.hpp"

namespace v4v::hv {

long hypervisor::info(domain& caller, std::uint64_t info_at) noexcept {
  const v4v_info answer{
      .ring_magic = V4V_RING_MAGIC,
      .data_magic = V4V_RING_DATA_MAGIC,
      .evtchn = host_.event_channel(caller),
      .max_rings = caller.limits.max_rings(),
      .max_sendv = caller.limits.max_sendv(),
      .max_notify = caller.limits.max_notify(),
      .max_send_size = caller.limits.max_send_size(),
      .pad = 0,
  };
  return write_guest(host_, caller, info_at, answer) ? 0 : error::fault;
}

}  // namespace v4v::hv
