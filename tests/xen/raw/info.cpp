#include <fmt/format.h>

#include "commands.hpp"

namespace v4v::raw {

void show_info(hypervisor& hv) {
  const v4v_info info = ask_limits(hv);
  fmt::print("ok: the magics are those of v4v/abi.h\n");
  if (const auto number = own_number()) {
    fmt::print("domain {}\n", *number);
  } else {
    fmt::print("domain: the processor does not tell\n");
  }
  fmt::print("privileged {}\nevtchn {}\nmax_rings {}\nmax_sendv {}\nmax_notify {}\n",
             is_privileged(hv) ? "yes" : "no", info.evtchn, info.max_rings, info.max_sendv,
             info.max_notify);
  fmt::print("max_send_size {}\n", info.max_send_size);
}

}  // namespace v4v::raw
