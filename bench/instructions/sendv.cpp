// The hypercall alone.

#include <stdexcept>

#include <v4v/hv/embedded.hpp>

#include "hv/domains.hpp"
#include "workloads.hpp"

namespace v4v::bench {

void send_with_hypercalls(int rounds) {
  hv::embedded hypervisor;
  hv::bench::receiver to{hypervisor, 1, 1, 64 * 1024};
  hv::bench::guest from{hypervisor, 2};
  hv::bench::stream_of_messages messages{from, to, 1};
  const hv::bench::payload message{64};
  for (int i = 0; i < to_be_warm + rounds; ++i)
    if (!messages.send(message.vectors(), message.size()))
      throw std::runtime_error{"a message of 64 B was not sent"};
}

}  // namespace v4v::bench
